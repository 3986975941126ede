-- Which addresses take no mail is lost; the SMTP server says it again.
DROP TABLE bounced_addresses;
