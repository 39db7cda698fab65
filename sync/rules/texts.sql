-- Texts and dates as the rules read them (rules.md 1, 4 and 11; readings.md 12, 15 and 20).

-- A text function of one column is worked out once a distinct value of each block of rows, as long as
-- it may not fail: of a million rows a few thousand. A CASE or a regexp_full_match is not.

-- Trimmed, inner runs of any white space folded to one blank, NFC.
CREATE OR REPLACE TEMP MACRO folded(value) AS
  trim(regexp_replace(nfc_normalize(coalesce(value, '')),
                      '[\s\x{0B}\x{1C}-\x{1F}\x{85}\p{Z}]+', ' ', 'g'));

-- A dd-mm-yyyy text as a date; NULL where it is none or empty.
CREATE OR REPLACE TEMP MACRO real_date(value) AS
  CASE WHEN regexp_replace(value, '^[0-9]{2}-[0-9]{2}-[0-9]{4}$', '') = ''
         AND right(value, 4) <> '0000'
       THEN try_strptime(value, '%d-%m-%Y')::DATE END;

-- The most frequent value, then the smallest by code point, of (value, how often) pairs.
CREATE OR REPLACE TEMP MACRO commonest(value, times) AS arg_min(value, (-times, value));

-- At most title_limit() characters.
CREATE OR REPLACE TEMP MACRO cut_title(title) AS
  CASE WHEN length(title) > title_limit()
       THEN left(title, title_limit() - length(cut_mark())) || cut_mark() ELSE title END;

-- The semester roll: name without `size` characters from the 1-based `start`.
CREATE OR REPLACE TEMP MACRO rolled(name, start, size) AS
  CASE WHEN start >= 1 AND size >= 1
       THEN trim(left(name, start - 1) || substr(name, start + size)) ELSE name END;

CREATE OR REPLACE TEMP MACRO node_of(name, short_name, start, size, add_short) AS
  rolled(name, start, size)
  || CASE WHEN add_short AND short_name <> '' THEN join_mark() || short_name ELSE '' END;

CREATE OR REPLACE TEMP MACRO untouchable_role(role) AS
  lower(coalesce(role, '')) IN ('administrator', 'system administrator');
