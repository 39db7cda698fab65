CREATE OR REPLACE TEMP MACRO without_quotes(words) AS -- translate takes four times as long
  replace(replace(replace(replace(words, '''', ''), '’', ''), '`', ''), '´', '');
-- Names made comparable: case, accents, hyphens and the two spellings of æ, ø and å are gone.
CREATE OR REPLACE TEMP MACRO plain(words) AS
  trim(regexp_replace(replace(replace(replace(strip_accents(without_quotes(
    replace(replace(replace(lower(nfc_normalize(words)), 'æ', 'ae'), 'ß', 'ss'), 'ø', 'o'))),
    'aa', 'a'), 'oe', 'o'), 'ae', 'a'), '[^\pL\pN]+', ' ', 'g'));
-- What is left of a word without vowels, with letters that sound alike made one.
CREATE OR REPLACE TEMP MACRO skeleton(word) AS
  left(word, 1) || regexp_replace(regexp_replace(translate(substr(word, 2), 'aeiouyhzc', '       sk'),
    ' ', '', 'g'), '(s)s|(t)t|(n)n|(l)l|(m)m|(r)r', '\1\2\3\4\5\6', 'g');
CREATE OR REPLACE TEMP MACRO mailbox(address) AS split_part(address, '@', 1);
-- Keys that itslearning made itself stand for none (itslearning-operations.md 4.2).
CREATE OR REPLACE TEMP MACRO own_key(key) AS
  CASE WHEN coalesce(trim(key), '') = '' OR starts_with(lower(key), 'itsla-') THEN NULL ELSE key END;
CREATE OR REPLACE TEMP MACRO key_fold(key) AS lower(regexp_replace(key, '\s', '', 'g'));
-- The account that is loose comes first, then the one that UMS does not want.
CREATE OR REPLACE TEMP MACRO rank_of(account) AS
  CASE WHEN account.place = 'trash' THEN 0 WHEN account.by_hand THEN 1
       WHEN account.place = 'itslearning' AND NOT account.wanted THEN 2
       WHEN account.place = 'itslearning' THEN 3 ELSE 4 END;
CREATE OR REPLACE TEMP MACRO grade_of(strength) AS
  CASE strength WHEN 'certain' THEN 1 WHEN 'strong' THEN 2 WHEN 'medium' THEN 3 ELSE 4 END;
