"""Ownership, segments, resets, dispositions, callbacks, users and the audit log."""

from typing import Final

STATEMENTS: Final = (
    # Who gave the command whose epoch it is; NULL for an engine.
    "ALTER TABLE engines ADD COLUMN user TEXT",
    # Ownership of the list's leads: enabled or not; `duration` NULL is no expiration.
    "ALTER TABLE lists ADD COLUMN ownership INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE lists ADD COLUMN ownership_duration INTEGER",
    "ALTER TABLE lists ADD COLUMN ownership_near INTEGER NOT NULL DEFAULT 3600000000",
    # `owned_until` NULL is no expiration, and `owned_for` the duration under which it was granted. The
    # index finds an owner's leads of a list, and those of them that an update of the list concerns.
    "ALTER TABLE leads ADD COLUMN owner TEXT",
    "ALTER TABLE leads ADD COLUMN owned_since INTEGER",
    "ALTER TABLE leads ADD COLUMN owned_until INTEGER",
    "ALTER TABLE leads ADD COLUMN owned_for INTEGER",
    "CREATE INDEX leads_owned ON leads (list_id, owner, owned_for, owned_until) WHERE owner IS NOT NULL",
    # What is known of the lead over all its campaigns. The last attempt is the last settled one that dialed
    # the customer; `last_duration` is from the answer to the end, 0 without an answer.
    "ALTER TABLE leads ADD COLUMN phone_count INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE leads ADD COLUMN dnc_at INTEGER",
    "ALTER TABLE leads ADD COLUMN last_attempt INTEGER",
    "ALTER TABLE leads ADD COLUMN last_disposition TEXT",
    "ALTER TABLE leads ADD COLUMN last_duration INTEGER",
    "ALTER TABLE leads ADD COLUMN last_ended_at INTEGER",
    "ALTER TABLE leads ADD COLUMN machine_at INTEGER",
    "ALTER TABLE leads ADD COLUMN abandoned_at INTEGER",
    "ALTER TABLE leads ADD COLUMN succeeded_at INTEGER",
    "UPDATE leads SET phone_count = (SELECT count(*) FROM phones WHERE lead_id = leads.id)",
    "CREATE INDEX leads_list ON leads (list_id, imported_at)",
    # `turn` orders leads never called, those of one `lane`: a list, or 0. `phone_tries` counts the calls in a
    # row to `phone_id`. A held case has no `due_at`: `waits_for` says for what, `wanted_at`
    # when it was due, `wakes_at` (NULL: not by itself) when it is due again. A limit that is not NULL stands
    # for the campaign's own. `final` and `exhausted` say why a case is closed: a final disposition, a budget.
    # `reset_at` is a new cycle that waits for the live attempt. `failures` counts customer legs that no
    # person answered; `reached_at` is when one first did.
    "ALTER TABLE cases ADD COLUMN lane INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE cases ADD COLUMN turn INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE cases ADD COLUMN phone_tries INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE cases ADD COLUMN waits_for TEXT",
    "ALTER TABLE cases ADD COLUMN wanted_at INTEGER",
    "ALTER TABLE cases ADD COLUMN wakes_at INTEGER",
    "ALTER TABLE cases ADD COLUMN agent_limit INTEGER",
    "ALTER TABLE cases ADD COLUMN customer_limit INTEGER",
    "ALTER TABLE cases ADD COLUMN final INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE cases ADD COLUMN exhausted INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE cases ADD COLUMN reset_at INTEGER",
    "ALTER TABLE cases ADD COLUMN failures INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE cases ADD COLUMN reached_at INTEGER",
    "ALTER TABLE cases ADD COLUMN callback_at INTEGER",
    "ALTER TABLE cases ADD COLUMN callback_until INTEGER",
    "ALTER TABLE cases ADD COLUMN callback_agent TEXT",
    "ALTER TABLE cases ADD COLUMN callback_anyone_at INTEGER",
    "UPDATE cases SET lane = (SELECT list_id FROM leads WHERE id = lead_id)",
    "UPDATE cases SET final = 1 WHERE status = 'COMPLETED'",
    "UPDATE cases SET exhausted = 1 WHERE status IN ('AGENT_FAILED', 'CUSTOMER_FAILED')",
    "DROP INDEX cases_due",
    "CREATE INDEX cases_due ON cases (campaign, rank, due_at, id) WHERE due_at IS NOT NULL AND rank < 2",
    "CREATE INDEX cases_new ON cases (campaign, lane, turn, due_at, id) "
    "WHERE due_at IS NOT NULL AND rank = 2",
    "CREATE INDEX cases_held ON cases (campaign, wakes_at, id) WHERE wakes_at IS NOT NULL",
    # Callbacks that wait for their agent, and those that may be made and are over one day.
    """CREATE INDEX cases_own ON cases (campaign, callback_agent, wanted_at, id)
        WHERE waits_for = 'agent' AND callback_agent IS NOT NULL""",
    "CREATE INDEX cases_callbacks ON cases (callback_at, id) WHERE callback_at IS NOT NULL",
    """CREATE INDEX cases_promised ON cases (campaign, callback_until, id)
        WHERE callback_until IS NOT NULL AND due_at IS NOT NULL""",
    # What Lead Management asks of a lead's cases, so that their sum tells it: ten bits each for how many are
    # final, exhausted and open, and how many there are.
    """ALTER TABLE cases ADD COLUMN standing INTEGER GENERATED ALWAYS AS (
        final + (exhausted << 10) + (1 << 30)
        + ((status IN ('NEW', 'AGENT_RESCHEDULED', 'CUSTOMER_RESCHEDULED', 'CALLBACK')) << 20)
    ) VIRTUAL""",
    "CREATE INDEX cases_lead ON cases (lead_id, standing)",
    # The lists that a campaign dials. `place` is that of the list's last turn among those of its priority.
    """CREATE TABLE campaign_lists (
        campaign TEXT NOT NULL,
        list_id INTEGER NOT NULL REFERENCES lists,
        priority INTEGER NOT NULL DEFAULT 0,
        weight INTEGER NOT NULL DEFAULT 1,
        place INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (campaign, list_id)
    ) STRICT, WITHOUT ROWID""",
    "INSERT INTO campaign_lists (campaign, list_id) SELECT DISTINCT campaign, lane FROM cases",
    # When a call told that the number is out of use.
    "ALTER TABLE phones ADD COLUMN out_of_use_at INTEGER",
    "CREATE INDEX cases_kept ON cases (lead_id) WHERE waits_for = 'ownership'",
    # The few lines that change the ownership of a list's leads at once, for looking at a past instant.
    """CREATE INDEX journal_lists ON journal (at)
        WHERE (instr(line, '"kind":"list.configured"') OR instr(line, '"kind":"ownership.released"')
               OR instr(line, '"kind":"ownership.updated"'))""",
    # Which lists were dialed, for looking at a past instant.
    """CREATE INDEX journal_activated ON journal (at) WHERE instr(line, '"kind":"list.activated"')""",
    # What befell cases outside their attempts, for explanations.
    """CREATE INDEX journal_cases ON journal (at) WHERE instr(line, '"kind":"cases.changed"')""",
    # When the campaign was stopped last (NULL: never, or started again), and when a reset, a recycle or a
    # restart last gave it something to dial again.
    "ALTER TABLE campaigns ADD COLUMN ended_at INTEGER",
    "ALTER TABLE campaigns ADD COLUMN reopened_at INTEGER",
    # `person`: one answered. `duration`: from the customer's answer to the end. `callback_at`: the promise
    # that this attempt keeps; `promised`: the callback that was promised in it, as JSON.
    "ALTER TABLE attempts ADD COLUMN person INTEGER",
    "ALTER TABLE attempts ADD COLUMN duration INTEGER",
    "ALTER TABLE attempts ADD COLUMN callback_at INTEGER",
    "ALTER TABLE attempts ADD COLUMN promised TEXT",
    "CREATE INDEX attempts_lead ON attempts (lead_id, id)",
    # What was not kept before is worked out from the attempts and their legs.
    """UPDATE attempts SET
        duration = coalesce((SELECT max(ended_at - answered_at) FROM legs
                             WHERE attempt_id = attempts.id AND side = 'customer'), 0),
        person = CASE
            WHEN outcome IS NULL OR outcome = 'unknown' THEN NULL
            WHEN outcome <> 'answered' OR ending IN ('machine', 'message-left') THEN 0
            WHEN EXISTS (SELECT 1 FROM legs WHERE attempt_id = attempts.id AND side = 'customer'
                         AND verdict = 'machine') THEN 0
            ELSE 1 END
        WHERE ended_at IS NOT NULL""",
    """UPDATE cases SET
        failures = (SELECT count(*) FROM attempts WHERE case_id = cases.id AND person = 0),
        reached_at = (SELECT min(ended_at) FROM attempts WHERE case_id = cases.id AND person = 1)
        WHERE calls > 0""",
    """UPDATE leads SET
        last_attempt = last.id, last_disposition = last.disposition, last_duration = last.duration,
        last_ended_at = last.ended_at
        FROM (SELECT lead_id, max(id) AS id, disposition, duration, ended_at FROM attempts
              WHERE settled_at IS NOT NULL AND outcome IS NOT NULL GROUP BY lead_id) AS last
        WHERE last.lead_id = leads.id""",
    """UPDATE leads SET
        machine_at = (SELECT max(ended_at) FROM attempts
                      WHERE lead_id = leads.id AND outcome = 'answered' AND person = 0),
        abandoned_at = (SELECT max(ended_at) FROM attempts
                        WHERE lead_id = leads.id AND ending = 'abandoned')
        WHERE calls > 0""",
    # Result codes, for those who ask without a configuration.
    """CREATE TABLE dispositions (
        code TEXT PRIMARY KEY,
        lead_status TEXT NOT NULL,
        final INTEGER NOT NULL,
        counts INTEGER NOT NULL,
        dnc INTEGER NOT NULL,
        success INTEGER NOT NULL,
        human INTEGER NOT NULL,
        exception_threshold INTEGER,
        agents INTEGER NOT NULL
    ) STRICT""",
    # `condition` is JSON. `reset_since` is the latest switch of the setting from off to on.
    """CREATE TABLE segments (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        condition TEXT NOT NULL,
        reset_on_reentry INTEGER NOT NULL DEFAULT 0,
        reset_since INTEGER,
        observed_at INTEGER
    ) STRICT""",
    # `pending`: `added` or `removed` since the campaign's cases last followed its segments.
    """CREATE TABLE campaign_segments (
        campaign TEXT NOT NULL,
        segment_id INTEGER NOT NULL REFERENCES segments,
        pending TEXT,
        PRIMARY KEY (campaign, segment_id)
    ) STRICT, WITHOUT ROWID""",
    # A lead that was once observed inside. `since`: the job that first saw what is so now.
    """CREATE TABLE memberships (
        segment_id INTEGER NOT NULL REFERENCES segments,
        lead_id INTEGER NOT NULL REFERENCES leads,
        inside INTEGER NOT NULL,
        since INTEGER NOT NULL,
        PRIMARY KEY (segment_id, lead_id)
    ) STRICT, WITHOUT ROWID""",
    # `rights` are those besides the role's, as JSON.
    """CREATE TABLE users (
        name TEXT PRIMARY KEY,
        role TEXT NOT NULL,
        rights TEXT NOT NULL DEFAULT '[]',
        created_at INTEGER NOT NULL
    ) STRICT""",
    # Each hash covers its row and the hash before it.
    """CREATE TABLE audit (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        user TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        count INTEGER,
        details TEXT NOT NULL,
        hash TEXT NOT NULL
    ) STRICT""",
    """CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    """CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    # A saved reset, by stage, as JSON; NULL for a stage that was never saved.
    """CREATE TABLE reset_templates (
        name TEXT PRIMARY KEY,
        settings TEXT,
        properties TEXT,
        results TEXT,
        saved_at INTEGER NOT NULL
    ) STRICT""",
    # `state`: `preparing` is nobody's yet; `confirmed` is the commitment, which is carried out to its end
    # after any crash; `done`; `undone`. `at`: the confirmation. `excluded` counts by reason, as JSON. An id
    # is never used again, though what was only prepared is swept away.
    """CREATE TABLE resets (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        user TEXT NOT NULL,
        state TEXT NOT NULL,
        request TEXT NOT NULL,
        matched INTEGER NOT NULL,
        reset INTEGER NOT NULL DEFAULT 0,
        excluded TEXT NOT NULL DEFAULT '{}'
    ) STRICT""",
    # Some of the leads that a reset matched, in ascending order, and the last attempt seen of each. Once it
    # was their turn: those excluded with the reason, and the cases changed with their values before and
    # after. All are JSON, so that a reset of any size is few rows.
    """CREATE TABLE reset_portions (
        reset_id INTEGER NOT NULL REFERENCES resets,
        number INTEGER NOT NULL,
        leads TEXT NOT NULL,
        attempts TEXT NOT NULL,
        excluded TEXT,
        changes TEXT,
        PRIMARY KEY (reset_id, number)
    ) STRICT""",
)
