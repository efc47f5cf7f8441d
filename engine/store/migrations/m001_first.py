"""Leads, campaigns, cases, attempts, legs and the journal. Released: never edited."""

from typing import Final

STATEMENTS: Final = (
    """CREATE TABLE engines (
        epoch INTEGER PRIMARY KEY,
        started_at INTEGER NOT NULL,
        version TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE lists (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        active INTEGER NOT NULL DEFAULT 1,
        created_at INTEGER NOT NULL
    ) STRICT""",
    # `key` is the operator's own name of the lead on its list; `calls` counts customer legs dialed, ever.
    """CREATE TABLE leads (
        id INTEGER PRIMARY KEY,
        list_id INTEGER NOT NULL REFERENCES lists,
        key TEXT NOT NULL,
        attributes TEXT NOT NULL DEFAULT '{}',
        supplier TEXT,
        imported_at INTEGER NOT NULL,
        calls INTEGER NOT NULL DEFAULT 0,
        UNIQUE (list_id, key)
    ) STRICT""",
    # `number` is E.164; `kind` is phonenumbers' type in lower case (mobile, fixed-line, …).
    """CREATE TABLE phones (
        id INTEGER PRIMARY KEY,
        lead_id INTEGER NOT NULL REFERENCES leads,
        position INTEGER NOT NULL,
        number TEXT NOT NULL,
        kind TEXT NOT NULL,
        UNIQUE (lead_id, position)
    ) STRICT""",
    "CREATE INDEX phones_number ON phones (number)",
    """CREATE TABLE campaigns (
        name TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        policy TEXT NOT NULL
    ) STRICT""",
    # `results` counts, as JSON, the outcomes of this cycle that have a retry rule. `due_at` is NULL while
    # an attempt is live and once the case is closed.
    """CREATE TABLE cases (
        id INTEGER PRIMARY KEY,
        campaign TEXT NOT NULL,
        lead_id INTEGER NOT NULL REFERENCES leads,
        phone_id INTEGER NOT NULL REFERENCES phones,
        status TEXT NOT NULL DEFAULT 'NEW',
        cycle INTEGER NOT NULL DEFAULT 1,
        agent_attempts INTEGER NOT NULL DEFAULT 0,
        customer_attempts INTEGER NOT NULL DEFAULT 0,
        results TEXT NOT NULL DEFAULT '{}',
        rank INTEGER NOT NULL DEFAULT 2,
        due_at INTEGER,
        calls INTEGER NOT NULL DEFAULT 0,
        UNIQUE (campaign, lead_id)
    ) STRICT""",
    "CREATE INDEX cases_due ON cases (campaign, rank, due_at, id) WHERE due_at IS NOT NULL",
    # The case's numbers before the attempt make the report's attempt numbers: used before + 1.
    """CREATE TABLE attempts (
        id INTEGER PRIMARY KEY,
        campaign TEXT NOT NULL,
        case_id INTEGER NOT NULL REFERENCES cases,
        lead_id INTEGER NOT NULL REFERENCES leads,
        phone_id INTEGER NOT NULL REFERENCES phones,
        cycle INTEGER NOT NULL,
        agent_attempts_before INTEGER NOT NULL,
        customer_attempts_before INTEGER NOT NULL,
        agent TEXT,
        started_at INTEGER NOT NULL,
        connected_at INTEGER,
        ended_at INTEGER,
        settled_at INTEGER,
        ending TEXT,
        outcome TEXT,
        continued INTEGER,
        asked TEXT,
        used TEXT,
        digits TEXT,
        disposition TEXT,
        status TEXT,
        due_at INTEGER
    ) STRICT""",
    "CREATE INDEX attempts_case ON attempts (case_id, id)",
    "CREATE UNIQUE INDEX attempts_live_lead ON attempts (lead_id) WHERE settled_at IS NULL",
    # `attempt_id` is NULL for an agent's standing leg; `number` is NULL for an agent's leg.
    """CREATE TABLE legs (
        id INTEGER PRIMARY KEY,
        attempt_id INTEGER REFERENCES attempts,
        side TEXT NOT NULL,
        number TEXT,
        agent TEXT,
        intended_at INTEGER NOT NULL,
        dialed INTEGER,
        rang_at INTEGER,
        answered_at INTEGER,
        verdict TEXT,
        ended_at INTEGER,
        outcome TEXT,
        cause TEXT
    ) STRICT""",
    "CREATE INDEX legs_attempt ON legs (attempt_id)",
    # Open legs; of a customer's number (not NULL) there is one at most.
    "CREATE UNIQUE INDEX legs_live ON legs (number) WHERE ended_at IS NULL",
    """CREATE TABLE journal (
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        at INTEGER NOT NULL,
        line TEXT NOT NULL,
        hash TEXT NOT NULL,
        PRIMARY KEY (epoch, seq)
    ) STRICT""",
    # The few lines that tell the states of campaigns and carrier, for looking at a past instant.
    """CREATE INDEX journal_states ON journal (epoch, seq)
        WHERE (instr(line, '"kind":"campaign.changed"') OR instr(line, '"kind":"carrier.changed"'))""",
)
