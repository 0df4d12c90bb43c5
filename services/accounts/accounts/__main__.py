"""`python -m accounts`: serve, migrate, look at parked events, link a first administrator, reseal."""

from accounts.enrolments.first_administrator import print_new_link
from accounts.keys.resealing import reseal
from accounts.service import build
from accounts.settings import AccountsSettings
from shared.runtime.commands import Command, run_service

FIRST_ADMINISTRATOR = Command(
    "first-administrator",
    "print a one-time link that makes an owner; earlier ones stop working",
    print_new_link,
)

RESEAL = Command("reseal", "seal the signing keys with the newest of the encryption keys", reseal)

if __name__ == "__main__":
    run_service(build, AccountsSettings.load(), [FIRST_ADMINISTRATOR, RESEAL])
