"""`python -m accounts`: serve, migrate, look at parked events, or make a link for a first administrator."""

from accounts.enrolments.first_administrator import print_new_link
from accounts.service import build
from accounts.settings import AccountsSettings
from shared.runtime.commands import Command, run_service

FIRST_ADMINISTRATOR = Command(
    "first-administrator",
    "print a one-time link that makes an owner; earlier ones stop working",
    print_new_link,
)

if __name__ == "__main__":
    run_service(build, AccountsSettings.load(), [FIRST_ADMINISTRATOR])
