"""The errors that only this package answers with."""

from coterie.errors import Entry

TOO_MANY_REPORTS = Entry(
    400, "too_many_reports", "You've reached the limit of open reports. Wait until some of them have been dealt with."
)
TOO_MANY_NOTES = Entry(400, "too_many_notes", "This report has reached its limit of 50 notes.")
REPORT_CLOSED = Entry(409, "report_closed", "Someone has already decided about this report. Reopen it first.")
REPORT_ESCALATED = Entry(
    409, "report_escalated", "This report was escalated to the administrators of the instance. They decide about it."
)
REPORT_REPEATED = Entry(409, "report_repeated", "The same person has reported this again. Decide about the new report.")
