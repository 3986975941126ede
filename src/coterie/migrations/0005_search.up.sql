-- Search: messages by the words in them, in any language.

-- What a message says, as search compares it: small letters without accents, one space for whatever is not part of a
-- word, and spaces around what is written in a script without spaces between words (or, like Korean, with endings),
-- emoji among them. `coterie.search.plain` does the same where the place in the original is needed; a test holds both
-- together. Only functions of PostgreSQL's own are called, since indexes and restores know no other search path.
CREATE FUNCTION search_plain(content TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 500 AS $$
DECLARE
    plain TEXT;
BEGIN
    IF octet_length(content) = length(content) THEN
        RETURN regexp_replace(lower(content COLLATE "C"), '[^a-z0-9]+', ' ', 'g');
    END IF;
    plain := lower(normalize(content, NFKD));
    plain := regexp_replace(plain, '[\u00ad\u0300-\u0305\u0307-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7-\u06e8\u06ea-\u06ed\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20f0\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]|(?<!и)\u0306', '', 'g');
    plain := normalize(plain, NFKC);
    plain := replace(replace(replace(plain, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
    plain := replace(replace(replace(replace(plain, 'ø', 'o'), 'ł', 'l'), 'ı', 'i'), 'ς', 'σ');
    plain := regexp_replace(plain, '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u02c2-\u02c5\u02d2-\u02eb\u02ed\u02ef-\u02ff\u0375\u03f6\u0482\u055a-\u055f\u0589-\u05c6\u05f3-\u061f\u066a-\u066d\u06d4\u06dd-\u06de\u06e9\u06fd-\u06fe\u0964-\u0965\u0970\u10fb\u1360-\u1368\u1390-\u1399\u17d4-\u17d6\u17d8-\u17db\u1800-\u180a\u180e\u2010-\u212e\u213a-\u214d\u214f\u218a-\u22ff\u2400-\u244a\u2500-\u25ff\u27c0-\u2aff\u2ce5-\u2cea\u2cf9-\u2cfc\u2cfe-\u2cff\u2d70\u2e00-\u2e2e\u2e30-\u2e5d\u2ff0-\u3004\u3008-\u3020\u3030\u3037\u303d-\u303f\u30a0\u30fb\ufbb2-\ufdff\ufe45-\ufe46\ufff9-\ufffd]+', ' ', 'g');
    IF plain ~ '[\u0e00-\u0eff\u0f40-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17d3\u17d7\u17dc-\u17dd\u1a20-\u1aaf\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3031-\u3035\u3038-\u303c\u3041-\u3096\u3099-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u33ff\u3400-\ua4cf\ua960-\ua97f\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b2ff\U0001f000-\U0001faff\U00020000-\U0003ffff]' THEN
        plain := regexp_replace(plain, '[\u0e00-\u0eff\u0f40-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17d3\u17d7\u17dc-\u17dd\u1a20-\u1aaf\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3031-\u3035\u3038-\u303c\u3041-\u3096\u3099-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u33ff\u3400-\ua4cf\ua960-\ua97f\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b2ff\U0001f000-\U0001faff\U00020000-\U0003ffff]+', ' \& ', 'g');
        plain := regexp_replace(plain, ' +', ' ', 'g');
    END IF;
    RETURN plain;
END $$;

-- The words of a plain text, cut off after 40 characters; of a script without spaces every two neighbours, and the
-- first and last alone.
CREATE FUNCTION search_split(plain TEXT) RETURNS TEXT[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 200 AS $$
BEGIN
    IF octet_length(plain) <> length(plain) THEN
        plain := regexp_replace(plain, '[\u0e00-\u0eff\u0f40-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17d3\u17d7\u17dc-\u17dd\u1a20-\u1aaf\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3031-\u3035\u3038-\u303c\u3041-\u3096\u3099-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u33ff\u3400-\ua4cf\ua960-\ua97f\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b2ff\U0001f000-\U0001faff\U00020000-\U0003ffff]', '\& \&', 'g');
    END IF;
    IF plain ~ '[^ ]{41}' THEN
        plain := regexp_replace(plain, '([^ ]{40})[^ ]+', '\1', 'g');
    END IF;
    RETURN array_remove(string_to_array(plain, ' '), '');
END $$;

-- All words by which a message is found; getUserName by its parts too.
CREATE FUNCTION search_words(content TEXT) RETURNS TSVECTOR
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 700
RETURN array_to_tsvector(search_split(search_plain(content)) || CASE WHEN content ~ '[a-z0-9][A-Z]'
    THEN search_split(search_plain(regexp_replace(content, '([a-z0-9])([A-Z])', '\1 \2', 'g'))) ELSE '{}' END);

-- An insert only notes its words in the index's pending list, which a task of the server empties every few seconds;
-- the limit is where an insert would have to do that itself.
CREATE INDEX messages_words ON messages USING gin (search_words(content))
    WITH (fastupdate = on, gin_pending_list_limit = 16384);

-- What has very many hits is looked for among the newest messages first.
CREATE INDEX messages_created ON messages (created_at);

CREATE INDEX messages_mentions ON messages USING gin (mention_user_ids) WHERE mention_user_ids <> '{}';
