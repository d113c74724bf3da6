"""What the pipeline knows of its own work: windows read, expectations checked, mails sent, quotas."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from include.tables.base import count, flag, instant, metadata, number, text

# extracting -> landed -> validated -> loaded is the good way.
#   failed       extraction or loading broke; `error` says how
#   rejected     a critical expectation on the whole batch failed; nothing of it is loaded
#   unavailable  the CRM does not offer the object to us; `error` says what to grant
WINDOW_STATUSES = (
    "extracting",
    "landed",
    "validated",
    "loaded",
    "failed",
    "rejected",
    "unavailable",
)

extract_window = sa.Table(
    "extract_window",
    metadata,
    text("batch_id", "Id of the landed batch, also its folder's name.", primary_key=True),
    text("crm", "salesforce or hubspot.", nullable=False),
    text("object_name", "Table stem of the object, such as opportunity.", nullable=False),
    text(
        "mode", "snapshot: everything up to the end; delta: changes in the window.", nullable=False
    ),
    instant("window_start_at", "First instant covered.", nullable=False),
    instant("window_end_at", "First instant not covered.", nullable=False),
    text(
        "status",
        "One of extracting, landed, validated, loaded, failed, rejected, unavailable.",
        nullable=False,
    ),
    text("run_id", "The orchestrator's run that read it.", nullable=False),
    instant(
        "extracted_at",
        "When reading began; breaks ties between two reads of one record.",
        nullable=False,
    ),
    text("manifest_path", "Manifest of the landed batch, below the landing folder."),
    count("source_count", "Records the source said it would send; NULL when it does not say."),
    count("landed_count", "Records landed."),
    count("set_aside_count", "Records set aside by validation."),
    count("loaded_count", "Records loaded into staging."),
    count(
        "missed_count",
        "Records of a snapshot that reading by change should have brought a day ago or longer, and did "
        "not; NULL for what is read by change.",
    ),
    count("request_count", "API requests used."),
    instant(
        "checkpoint_at",
        "When the last part landed after which another try of the run can go on; NULL when it would "
        "begin anew, and once all has landed.",
    ),
    instant("landed_at", "When the manifest was complete."),
    instant("loaded_at", "When staging held it."),
    flag(
        "is_unified",
        "Staging held it when customers, people and users were last made.",
        nullable=False,
        server_default=sa.false(),
    ),
    flag(
        "is_in_facts",
        "Facts were built of it, after that: values may call what it read complete.",
        nullable=False,
        server_default=sa.false(),
    ),
    sa.Column(
        "read_fields",
        postgresql.ARRAY(sa.Text),
        comment="Columns and configured fields that were read; the object's others are not empty in this "
        "batch, but unknown.",
    ),
    sa.Column(
        "missing_fields",
        postgresql.ARRAY(sa.Text),
        comment="Fields we need and the CRM does not show us, by its own names.",
    ),
    flag(
        "has_deletion_gap",
        "Records may have been deleted for good of which the CRM kept no trace; only a snapshot shows "
        "them.",
        nullable=False,
        server_default=sa.false(),
    ),
    text("error", "What went wrong and what to do about it."),
    schema="ops",
    comment="One row per window read of one object, also when reading failed: the state of extraction.",
)
sa.Index(
    "ix_extract_window_object",
    extract_window.c.crm,
    extract_window.c.object_name,
    extract_window.c.window_end_at,
)

# The suite that checks metric values, the last of a run: only then are they withheld.
METRICS_SUITE = "metrics"

expectation_result = sa.Table(
    "expectation_result",
    metadata,
    text("run_id", "The orchestrator's run.", primary_key=True),
    text("suite", "What was checked: crm.object, or a table of the warehouse.", primary_key=True),
    text("batch_id", "The landed batch; empty for a check on a table.", primary_key=True),
    text("expectation", "The rule, in words.", primary_key=True),
    text(
        "column_name",
        "The column it guards; empty for a rule on the whole table.",
        primary_key=True,
    ),
    text("severity", "critical or warning.", nullable=False),
    flag("is_success", "The expectation held.", nullable=False),
    count("checked_count", "Rows looked at."),
    count("unexpected_count", "Rows that broke it."),
    text("observed", "What was seen, where the rule is on the whole table."),
    instant("checked_at", "When.", nullable=False),
    instant("told_at", "When those who run the pipeline had a mail that it does not hold."),
    schema="ops",
    comment="One row per expectation per batch or table and run.",
)
sa.Index("ix_expectation_result_suite", expectation_result.c.suite, expectation_result.c.checked_at)
sa.Index(
    "ix_expectation_result_told_at",
    expectation_result.c.told_at,
    postgresql_where=expectation_result.c.told_at.is_not(None),
)

batch_profile = sa.Table(
    "batch_profile",
    metadata,
    text("batch_id", "The landed batch.", primary_key=True),
    count("checked_count", "Records looked at.", nullable=False),
    sa.Column(
        "profile",
        postgresql.JSONB,
        nullable=False,
        comment="By column that was read: how many records fill it, and how many values are in each "
        "bucket. Numbers but 0 have ten to a magnitude, instants one an hour of the day in UTC and one "
        "for midnight.",
    ),
    schema="ops",
    comment="One row per batch that held something: what its values are like, for batches to come to be "
    "compared with.",
)

rate_limit_bucket = sa.Table(
    "rate_limit_bucket",
    metadata,
    text("bucket", "Account and policy, such as hubspot:12345:search.", primary_key=True),
    number("token_count", "Requests that may go out now.", nullable=False),
    instant("refilled_at", "When the tokens were last counted.", nullable=False),
    schema="ops",
    comment="One row per rate limit shared by every task that calls the same account.",
)

quota_reading = sa.Table(
    "quota_reading",
    metadata,
    text("crm", "salesforce or hubspot.", primary_key=True),
    instant("read_at", "When the service said so.", primary_key=True),
    count("used_count", "Requests used of the daily quota.", nullable=False),
    count("limit_count", "The daily quota.", nullable=False),
    schema="ops",
    comment="One row per reading of a CRM's daily request quota.",
)

# What the doctor found of one object or field, when it last looked.
#   ok         there and readable, with records
#   empty      there and readable, without records
#   missing    the CRM does not have it, or hides it from us so that the two cannot be told apart
#   forbidden  it is there, and we may not read it
#   error      nobody could say: the service was not reached, or answered something unexpected
FINDING_STATUSES = ("ok", "empty", "missing", "forbidden", "error")

source_finding = sa.Table(
    "source_finding",
    metadata,
    text(
        "crm",
        "salesforce or hubspot; configuration for a finding on a file or another connection.",
        primary_key=True,
    ),
    text(
        "object_name",
        "Table stem of the object, such as opportunity; empty for the connection as a whole.",
        primary_key=True,
    ),
    text(
        "field_name",
        "The field as the CRM names it, such as Amount; empty for the object as a whole.",
        primary_key=True,
    ),
    text("status", "One of ok, empty, missing, forbidden, error.", nullable=False),
    text("message", "What was found, in words.", nullable=False),
    text(
        "remedy", "What to grant or configure; empty where nothing is to be done.", nullable=False
    ),
    instant("checked_at", "When the doctor looked.", nullable=False),
    schema="ops",
    comment=(
        "One row per connection, object and field that is not as the metrics need it, and one per "
        "object that is: the doctor's newest findings."
    ),
)

metric_finding = sa.Table(
    "metric_finding",
    metadata,
    text("metric_id", "The metric.", primary_key=True),
    text("crm", "salesforce or hubspot.", primary_key=True),
    instant(
        "since_at",
        "What was read after lacks the fields; 1970-01-01 where they were never shown.",
        primary_key=True,
    ),
    flag(
        "is_whole",
        "Nothing of the CRM is left of the metric's numerator or denominator; else a part is wrong.",
        nullable=False,
    ),
    flag(
        "is_absent",
        "The CRM need never have had what the metric is made of: no gap, where the other CRM has it.",
        nullable=False,
    ),
    text("status", "PERMISSION_DENIED or SOURCE_UNAVAILABLE.", nullable=False),
    text("reason", "Which fields lack, and what to grant.", nullable=False),
    instant("checked_at", "When.", nullable=False),
    schema="ops",
    comment=(
        "One row per metric, CRM and instant since which the metric suffers from fields that the CRM "
        "does not show us, by what has been read so far."
    ),
)

# A mail that is under way, or that nobody knows to have arrived, may be in a reader's hands.
IN_READERS_HANDS = ("in_flight", "sent", "unknown")

delivery = sa.Table(
    "delivery",
    metadata,
    text("report_id", "The report, such as executive_weekly.", primary_key=True),
    text("period_id", "The period it is about, such as 2026-W46.", primary_key=True),
    count("revision", "1 for the first mail of the period.", primary_key=True),
    text("recipient", "Mail address.", primary_key=True),
    text(
        "status",
        "claimed, in_flight, sent, failed_temporarily, failed_permanently, unknown, skipped.",
        nullable=False,
    ),
    text("message_id", "Message-ID header, the same on every try.", nullable=False),
    text("run_id", "The orchestrator's run that claimed it last.", nullable=False),
    count("attempt_count", "Tries so far.", nullable=False),
    instant("claimed_at", "When it was last claimed.", nullable=False),
    instant("sent_at", "When the server took it."),
    text("server_reply", "The server's last words."),
    schema="ops",
    comment="One row per mail that is due: the reason why no mail goes out twice.",
)

# What the hashes of the choices each fact rests on are called in shared_inputs, before its name.
CHOICES_OF = "choices of "
fact_build = sa.Table(
    "fact_build",
    metadata,
    instant("built_at", "When.", primary_key=True),
    flag("is_whole", "Every fact was built anew; else those of what had changed.", nullable=False),
    text("reason", "Why it was built whole; empty where only changes were built.", nullable=False),
    text(
        "definition_hash",
        "Hash of the statements that make facts, settings in them.",
        nullable=False,
    ),
    sa.Column(
        "shared_inputs",
        postgresql.JSONB,
        nullable=False,
        comment="What facts of any record may read, by name, each as a hash: a change builds whole.",
    ),
    sa.Column(
        "row_counts",
        postgresql.JSONB,
        nullable=False,
        comment="Rows of each fact table afterwards, to see whether somebody else changed them.",
    ),
    count("record_count", "Records known.", nullable=False),
    count("changed_count", "Records that were others than at the build before.", nullable=False),
    count("built_count", "Records whose facts were built.", nullable=False),
    count(
        "differing_count",
        "Rows that a whole build found other than the builds of changes before it had left them; more "
        "than 0 is a defect, and facts are built whole until their definition changes. NULL where "
        "nothing was compared.",
    ),
    schema="ops",
    comment="One row per build of the facts.",
)

fact_input = sa.Table(
    "fact_input",
    metadata,
    sa.Column(
        "record_hash",
        sa.BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="Hash of the record's CRM, object and id.",
    ),
    count("content_hash", "Hash of all that is staged of the record.", nullable=False),
    flag(
        "is_shared",
        "A user, product or campaign: a change builds the facts of all records that name it.",
        nullable=False,
    ),
    schema="ops",
    comment="One row per record the facts were last built of, to see which have changed since.",
)

fact_link = sa.Table(
    "fact_link",
    metadata,
    sa.Column(
        "record_hash",
        sa.BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="The record, as in ops.fact_input.",
    ),
    sa.Column(
        "linked_hash",
        sa.BigInteger,
        primary_key=True,
        autoincrement=False,
        index=True,
        comment="The record, customer or person it names, hashed alike.",
    ),
    schema="ops",
    comment="One row per record and other record it names: facts of the one may read the other.",
)
