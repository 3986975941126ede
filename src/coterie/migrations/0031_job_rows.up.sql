-- What was under way becomes jobs: accounts that are being dissolved, and messages that are being removed or restored.
INSERT INTO jobs (id, kind, key, payload, due_at)
SELECT gen_random_uuid(), 'departure', id::text, to_json(id), now() FROM users WHERE deleted_at IS NOT NULL
UNION ALL
SELECT gen_random_uuid(), 'message_removal', state || '/' || id, to_json(id), now()
FROM message_removals WHERE state <> 'removed';
