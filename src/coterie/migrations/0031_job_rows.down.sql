DELETE FROM jobs WHERE kind IN ('departure', 'message_removal');
