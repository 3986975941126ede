"""E-mail addresses: only their syntax is checked, and they are stored in the library's normal form.

Deliverability is not checked, and an instance inside a company may use names such as `people.internal`, so the
library's list of reserved domain names is emptied (its documented way to allow them).
"""

import email_validator
from email_validator import EmailNotValidError, validate_email

from coterie import errors
from coterie.errors import CoterieError

email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def checked(address: str, field: str = "email") -> str:
    """The address in its normal form; raises INVALID with the reason for the given field."""
    try:
        return validate_email(address, check_deliverability=False, globally_deliverable=False).normalized
    except EmailNotValidError as error:
        sentence = f"This is not a valid email address: {error}"
        raise CoterieError(errors.INVALID, sentence, fields={field: str(error)}) from None
