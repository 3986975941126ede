"""E-mail addresses: checked by their form alone, and kept in the library's normal form.

Whether an address can be reached is nobody's business here, and an instance inside a company may well use names such
as `people.internal`, so the library's list of reserved domain names is emptied (its documented way to allow them).
"""

import email_validator
from email_validator import EmailNotValidError, validate_email

from coterie import errors
from coterie.errors import CoterieError

email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def checked(address: str, field: str = "email") -> str:
    """The address in its normal form; raises INVALID with the reason, for the field that it was given in."""
    try:
        return validate_email(address, check_deliverability=False, globally_deliverable=False).normalized
    except EmailNotValidError as error:
        sentence = f"This is not an e-mail address: {error}"
        raise CoterieError(errors.INVALID, sentence, fields={field: str(error)}) from None
