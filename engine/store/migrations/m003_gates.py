"""What the gates ask: consents, do-not-call entries, registries, rules, and what calls are counted by."""

from typing import Final

STATEMENTS: Final = (
    # Who a lead is over all lists, as its attributes tell.
    "ALTER TABLE leads ADD COLUMN person TEXT GENERATED ALWAYS AS (attributes ->> '$.person') VIRTUAL",
    "CREATE INDEX leads_person ON leads (person) WHERE person IS NOT NULL",
    # What calls are counted by, besides number and person. `refused`: the person said not to call again
    # about this.
    "ALTER TABLE attempts ADD COLUMN seller TEXT",
    "ALTER TABLE attempts ADD COLUMN subject TEXT",
    "ALTER TABLE attempts ADD COLUMN debt TEXT",
    "ALTER TABLE attempts ADD COLUMN refused INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE dispositions ADD COLUMN refusal INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE legs ADD COLUMN caller_id TEXT",
    "CREATE INDEX legs_number ON legs (number, id) WHERE number IS NOT NULL",
    # What a case that waits for a gate is held by: gate, reason and rule, a space between them.
    "ALTER TABLE cases ADD COLUMN held_by TEXT",
    "CREATE INDEX cases_blocked ON cases (campaign, id) WHERE waits_for = 'gate' AND wakes_at IS NULL",
    # Who must not be called: a number or a person, by one campaign or (NULL) by any.
    """CREATE TABLE dnc (
        id INTEGER PRIMARY KEY,
        number TEXT,
        person TEXT,
        campaign TEXT,
        since INTEGER NOT NULL,
        source TEXT NOT NULL,
        note TEXT,
        CHECK ((number IS NULL) <> (person IS NULL))
    ) STRICT""",
    "CREATE UNIQUE INDEX dnc_number ON dnc (number, coalesce(campaign, '')) WHERE number IS NOT NULL",
    "CREATE UNIQUE INDEX dnc_person ON dnc (person, coalesce(campaign, '')) WHERE person IS NOT NULL",
    # `purposes` is JSON, empty for all. `evidence` says where the proof lies. Here and below, without a
    # `seller` it is told of whoever calls from this store.
    """CREATE TABLE consents (
        id INTEGER PRIMARY KEY,
        number TEXT,
        person TEXT,
        seller TEXT,
        level TEXT NOT NULL,
        given_at INTEGER NOT NULL,
        expires_at INTEGER,
        revoked_at INTEGER, -- as it was told with the consent; revocations end it besides
        purposes TEXT NOT NULL DEFAULT '[]',
        other_times INTEGER NOT NULL DEFAULT 0,
        evidence TEXT,
        CHECK ((number IS NULL) <> (person IS NULL))
    ) STRICT""",
    "CREATE INDEX consents_number ON consents (number, id) WHERE number IS NOT NULL",
    "CREATE INDEX consents_person ON consents (person, id) WHERE person IS NOT NULL",
    # A person's revocation of whatever was given: as far as a seller goes or (NULL) of all.
    """CREATE TABLE revocations (
        id INTEGER PRIMARY KEY,
        number TEXT,
        person TEXT,
        seller TEXT,
        at INTEGER NOT NULL,
        note TEXT,
        CHECK ((number IS NULL) <> (person IS NULL))
    ) STRICT""",
    "CREATE INDEX revocations_number ON revocations (number, at) WHERE number IS NOT NULL",
    "CREATE INDEX revocations_person ON revocations (person, at) WHERE person IS NOT NULL",
    # What binds a person and the seller.
    """CREATE TABLE relationships (
        id INTEGER PRIMARY KEY,
        number TEXT,
        person TEXT,
        seller TEXT,
        customer INTEGER NOT NULL DEFAULT 0,
        transaction_at INTEGER,
        inquiry_at INTEGER,
        CHECK ((number IS NULL) <> (person IS NULL))
    ) STRICT""",
    """CREATE UNIQUE INDEX relationships_number ON relationships (number, coalesce(seller, ''))
        WHERE number IS NOT NULL""",
    """CREATE UNIQUE INDEX relationships_person ON relationships (person, coalesce(seller, ''))
        WHERE person IS NOT NULL""",
    # What a database of reassigned numbers answered: whether it has changed hands since the consent.
    """CREATE TABLE reassignments (
        number TEXT PRIMARY KEY,
        reassigned INTEGER NOT NULL,
        asked_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # The registry versions in use; the numbers stand in files of their own. `mended_to`: NULL while the file
    # is as it should be, 0 once it is not; when it is again, up to which case was asked about since.
    """CREATE TABLE registries (
        name TEXT PRIMARY KEY,
        version_at INTEGER NOT NULL,
        imported_at INTEGER NOT NULL,
        source TEXT NOT NULL,
        numbers INTEGER NOT NULL,
        file TEXT NOT NULL,
        digest TEXT NOT NULL,
        mended_to INTEGER
    ) STRICT""",
    # An operator's own rules and overrides as YAML; the newest row is in force, an empty text is none.
    """CREATE TABLE operator_rules (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        user TEXT NOT NULL,
        text TEXT NOT NULL,
        digest TEXT NOT NULL,
        version TEXT NOT NULL
    ) STRICT""",
    # By what each campaign was asked about when an engine last started: a digest of its policy and the rules.
    """CREATE TABLE asked_by (
        campaign TEXT PRIMARY KEY,
        digest TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # How often each number was shown on a day (of UTC, counted from 1970).
    """CREATE TABLE caller_id_days (
        number TEXT NOT NULL,
        day INTEGER NOT NULL,
        calls INTEGER NOT NULL,
        PRIMARY KEY (number, day)
    ) STRICT, WITHOUT ROWID""",
    # What a call met, as abandonment rates count it, and when (it was answered or given up): the evidence. Of
    # campaigns with compliance alone. `met_at` of a call whose agent came late is there before the rest.
    "ALTER TABLE attempts ADD COLUMN met TEXT",
    "ALTER TABLE attempts ADD COLUMN met_at INTEGER",
    "CREATE INDEX attempts_met ON attempts (campaign, met_at, met) WHERE met IS NOT NULL",
    """CREATE INDEX attempts_late ON attempts (campaign, met_at)
        WHERE met_at IS NOT NULL AND settled_at IS NULL""",
    # The same by days of UTC and by quarters of an hour, counted from 1970: every local day and month is made
    # of quarters. `span` is how many quarters a row has.
    """CREATE TABLE call_counts (
        campaign TEXT NOT NULL,
        span INTEGER NOT NULL,
        number INTEGER NOT NULL,
        nobody INTEGER NOT NULL DEFAULT 0,
        leavers INTEGER NOT NULL DEFAULT 0,
        served INTEGER NOT NULL DEFAULT 0,
        connected INTEGER NOT NULL DEFAULT 0,
        abandoned INTEGER NOT NULL DEFAULT 0,
        machines_hung_up INTEGER NOT NULL DEFAULT 0,
        machines_to_agents INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (campaign, span, number)
    ) STRICT, WITHOUT ROWID""",
    # Calls that were begun without an agent and have none yet, and the campaigns whose rules may limit them.
    """CREATE INDEX attempts_in_flight ON attempts (campaign)
        WHERE ended_at IS NULL AND connected_at IS NULL AND agent IS NULL""",
    "CREATE INDEX campaigns_ruled ON campaigns (name) WHERE policy ->> '$.compliance' IS NOT NULL",
    # How many calls of a pool no free agent covered when it last began some: others cannot see its agents.
    """CREATE TABLE exposures (
        pool TEXT PRIMARY KEY,
        uncovered INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # By what a campaign was last told to be limited, and how many calls it might lose, as JSON.
    """CREATE TABLE limitations (
        campaign TEXT PRIMARY KEY,
        figures TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # Rates that stand where a supervisor is told, and since when.
    """CREATE TABLE abandonment_alerts (
        rule TEXT NOT NULL,
        scope TEXT NOT NULL,
        whose TEXT NOT NULL,
        since INTEGER NOT NULL,
        PRIMARY KEY (rule, scope, whose)
    ) STRICT, WITHOUT ROWID""",
)
