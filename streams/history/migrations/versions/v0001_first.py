"""The first version: messages, reports, clicks, replies, outcomes, where messages began, and consumers' positions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "inbound_messages",
        sa.Column("from", sa.String(length=50), nullable=False),
        sa.Column("to", sa.String(length=50), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("cleanText", sa.Text(), nullable=True),
        sa.Column("keyword", sa.String(length=50), nullable=True),
        sa.Column("type", sa.String(length=50), nullable=True),
        sa.Column("receivedAt", MOMENT, nullable=False),
        sa.Column("messageCount", sa.Integer(), nullable=True),
        sa.Column("pricePerMessage", sa.Numeric(asdecimal=False), nullable=True),
        sa.Column("priceCurrency", sa.String(length=5), nullable=True),
        sa.Column("channel", sa.String(length=50), nullable=False),
        sa.Column("inbound_id", sa.Text(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("job", sa.Text(), nullable=True),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("beyond", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("inbound_id", name="pk_inbound_messages"),
    )
    op.create_index(
        "ix_inbound_messages_address", "inbound_messages", ["address"], unique=False, postgresql_using="btree"
    )
    op.create_index(
        "ix_inbound_messages_reply_to", "inbound_messages", ["reply_to"], unique=False, postgresql_using="btree"
    )
    op.create_index(
        "ix_inbound_messages_written_at", "inbound_messages", ["written_at"], unique=False, postgresql_using="brin"
    )
    op.create_table(
        "memberships",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", "offset", name="pk_memberships"),
    )
    op.create_index("ix_memberships_event_id", "memberships", ["event_id"], unique=False, postgresql_using="btree")
    op.create_index("ix_memberships_profile_id", "memberships", ["profile_id"], unique=False, postgresql_using="btree")
    op.create_index("ix_memberships_written_at", "memberships", ["written_at"], unique=False, postgresql_using="brin")
    op.create_table(
        "message_outcomes",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("profile_id", sa.Text(), nullable=True),
        sa.Column("audience", sa.Text(), nullable=True),
        sa.Column("to", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("status_name", sa.Text(), nullable=True),
        sa.Column("error_name", sa.Text(), nullable=True),
        sa.Column("seen", sa.Text(), nullable=True),
        sa.Column("urls", sa.Text(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("final", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("beyond", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("message_id", name="pk_message_outcomes"),
    )
    op.create_index(
        "ix_message_outcomes_address", "message_outcomes", ["address"], unique=False, postgresql_using="btree"
    )
    op.create_index(
        "ix_message_outcomes_written_at", "message_outcomes", ["written_at"], unique=False, postgresql_using="brin"
    )
    op.create_table(
        "messages",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("profile_id", sa.Text(), nullable=True),
        sa.Column("audience", sa.Text(), nullable=True),
        sa.Column("to", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("message_status", sa.Text(), nullable=True),
        sa.Column("repeated", sa.Boolean(), nullable=True),
        sa.Column("status_group_id", sa.Integer(), nullable=True),
        sa.Column("status_group_name", sa.Text(), nullable=True),
        sa.Column("status_id", sa.Integer(), nullable=True),
        sa.Column("status_name", sa.Text(), nullable=True),
        sa.Column("status_description", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=True),
        sa.Column("encoding", sa.Text(), nullable=True),
        sa.Column("bulk_id", sa.Text(), nullable=True),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("beyond", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("message_id", name="pk_messages"),
    )
    op.create_index("ix_messages_address", "messages", ["address"], unique=False, postgresql_using="btree")
    op.create_index("ix_messages_event_id", "messages", ["event_id"], unique=False, postgresql_using="btree")
    op.create_index("ix_messages_profile_id", "messages", ["profile_id"], unique=False, postgresql_using="btree")
    op.create_index("ix_messages_written_at", "messages", ["written_at"], unique=False, postgresql_using="brin")
    op.create_table(
        "omni_reports",
        sa.Column("messageId", sa.String(length=50), nullable=False),
        sa.Column("messageCount", sa.Integer(), server_default="1", nullable=True),
        sa.Column("to", sa.String(length=50), nullable=False),
        sa.Column("pricePerMessage", sa.Numeric(asdecimal=False), nullable=True),
        sa.Column("priceCurrency", sa.String(length=5), nullable=True),
        sa.Column("statusGroupId", sa.Integer(), nullable=False),
        sa.Column("statusGroupName", sa.String(length=50), nullable=False),
        sa.Column("statusId", sa.Integer(), nullable=False),
        sa.Column("statusName", sa.String(length=50), nullable=False),
        sa.Column("statusDescription", sa.String(length=100), nullable=False),
        sa.Column("errorGroupId", sa.Integer(), nullable=True),
        sa.Column("errorGroupName", sa.String(length=50), nullable=True),
        sa.Column("errorId", sa.Integer(), nullable=True),
        sa.Column("errorName", sa.String(length=50), nullable=True),
        sa.Column("errorDescription", sa.String(length=1000), nullable=True),
        sa.Column("errorPermanent", sa.Boolean(), nullable=True),
        sa.Column("callbackData", sa.String(length=4000), nullable=True),
        sa.Column("sentAt", MOMENT, nullable=False),
        sa.Column("doneAt", MOMENT, nullable=False),
        sa.Column("seenAt", MOMENT, nullable=True),
        sa.Column("from", sa.String(length=50), nullable=True),
        sa.Column("channel", sa.String(length=50), nullable=True),
        sa.Column("original_mcc", sa.Text(), nullable=True),
        sa.Column("original_mnc", sa.Text(), nullable=True),
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("bulk_id", sa.Text(), nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("job", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("profile_id", sa.Text(), nullable=True),
        sa.Column("audience", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("beyond", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("report_id", name="pk_omni_reports"),
    )
    op.create_index("ix_omni_reports_address", "omni_reports", ["address"], unique=False, postgresql_using="btree")
    op.create_index("ix_omni_reports_messageid", "omni_reports", ["messageId"], unique=False, postgresql_using="btree")
    op.create_index("ix_omni_reports_written_at", "omni_reports", ["written_at"], unique=False, postgresql_using="brin")
    op.create_table(
        "positions",
        sa.Column("job", sa.String(length=100), nullable=False),
        sa.Column("topic", sa.String(length=249), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("job", "topic", "partition", name="pk_positions"),
    )
    op.create_table(
        "sms_delivery_reports",
        sa.Column("messageId", sa.String(length=50), nullable=False),
        sa.Column("messageCount", sa.Integer(), server_default="1", nullable=True),
        sa.Column("to", sa.String(length=50), nullable=False),
        sa.Column("pricePerMessage", sa.Numeric(asdecimal=False), nullable=True),
        sa.Column("priceCurrency", sa.String(length=5), nullable=True),
        sa.Column("statusGroupId", sa.Integer(), nullable=False),
        sa.Column("statusGroupName", sa.String(length=50), nullable=False),
        sa.Column("statusId", sa.Integer(), nullable=False),
        sa.Column("statusName", sa.String(length=50), nullable=False),
        sa.Column("statusDescription", sa.String(length=100), nullable=False),
        sa.Column("errorGroupId", sa.Integer(), nullable=True),
        sa.Column("errorGroupName", sa.String(length=50), nullable=True),
        sa.Column("errorId", sa.Integer(), nullable=True),
        sa.Column("errorName", sa.String(length=50), nullable=True),
        sa.Column("errorDescription", sa.String(length=1000), nullable=True),
        sa.Column("errorPermanent", sa.Boolean(), nullable=True),
        sa.Column("callbackData", sa.String(length=4000), nullable=True),
        sa.Column("sentAt", MOMENT, nullable=False),
        sa.Column("doneAt", MOMENT, nullable=False),
        sa.Column("originalMCC", sa.String(length=50), nullable=True),
        sa.Column("originalMNC", sa.String(length=50), nullable=True),
        sa.Column("channel", sa.String(length=50), nullable=True),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("bulk_id", sa.Text(), nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("job", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("profile_id", sa.Text(), nullable=True),
        sa.Column("audience", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("beyond", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("report_id", name="pk_sms_delivery_reports"),
    )
    op.create_index(
        "ix_sms_delivery_reports_address", "sms_delivery_reports", ["address"], unique=False, postgresql_using="btree"
    )
    op.create_index(
        "ix_sms_delivery_reports_messageid",
        "sms_delivery_reports",
        ["messageId"],
        unique=False,
        postgresql_using="btree",
    )
    op.create_index(
        "ix_sms_delivery_reports_written_at",
        "sms_delivery_reports",
        ["written_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_table(
        "unified_url_tracking",
        sa.Column("notificationType", sa.String(length=50), nullable=True),
        sa.Column("messageId", sa.String(length=50), nullable=False),
        sa.Column("recipient", sa.String(length=50), nullable=True),
        sa.Column("url", sa.String(length=1000), nullable=True),
        sa.Column("sendDateTime", MOMENT, nullable=True),
        sa.Column("deviceType", sa.String(length=50), nullable=True),
        sa.Column("os", sa.String(length=50), nullable=True),
        sa.Column("deviceName", sa.String(length=50), nullable=True),
        sa.Column("callbackData", sa.String(length=4000), nullable=True),
        sa.Column("channel", sa.String(length=50), nullable=False),
        sa.Column("click_id", sa.Text(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("job", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("profile_id", sa.Text(), nullable=True),
        sa.Column("audience", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("beyond", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("click_id", name="pk_unified_url_tracking"),
    )
    op.create_index(
        "ix_unified_url_tracking_address", "unified_url_tracking", ["address"], unique=False, postgresql_using="btree"
    )
    op.create_index(
        "ix_unified_url_tracking_messageid",
        "unified_url_tracking",
        ["messageId"],
        unique=False,
        postgresql_using="btree",
    )
    op.create_index(
        "ix_unified_url_tracking_written_at",
        "unified_url_tracking",
        ["written_at"],
        unique=False,
        postgresql_using="brin",
    )
