-- Why something is let go of instead of deleted: another organization on the same site has it.
UPDATE change SET reason = reason || '; ' || s.organization || ' has '
  || CASE change.kind WHEN 'person' THEN 'this person' ELSE 'it' END
  || ' too, so nothing is deleted at itslearning'
FROM shared s
WHERE change.op = 'forget' AND s.key = change.key
  AND s.held = CASE change.kind WHEN 'person' THEN 'held_person' ELSE 'held_group' END;
