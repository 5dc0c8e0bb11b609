"""indexes for what the desk asks at every next household: who must not be called, and one's own appointments"""

import sqlalchemy as sa
from alembic import op

revision = "20261130deskindexes"
down_revision = "20261130routeends"
branch_labels = None
depends_on = None


def upgrade():
    refused = sa.text("do_not_call_since IS NOT NULL")
    op.create_index(
        "ix_household_do_not_call", "household", ["id"], sqlite_where=refused, postgresql_where=refused
    )
    promised = sa.text("appointment_user_id IS NOT NULL")
    op.create_index(
        "ix_case_promised", "case", ["appointment_user_id"], sqlite_where=promised, postgresql_where=promised
    )


def downgrade():
    op.drop_index("ix_case_promised", "case")
    op.drop_index("ix_household_do_not_call", "household")
