"""What a checker says when something happened that may never happen."""

from engine.domain.time import Instant, iso


class InvariantBroken(Exception):
    """`rule` is the invariant, `who` the one concerned, `facts` what was seen, `repeat` how to see it
    again."""

    def __init__(self, *, rule: str, at: Instant, who: str, facts: str, repeat: str) -> None:
        super().__init__(
            f"an invariant is broken: {rule}\n"
            f"  when: {iso(at)}\n"
            f"  who: {who}\n"
            f"  facts: {facts}\n"
            f"  repeat: {repeat}"
        )
        self.rule = rule
        self.at = at
        self.who = who
        self.facts = facts
        self.repeat = repeat
