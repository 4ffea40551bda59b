"""The one way in which entries of the audit log may change: their personal parts, where the chain keeps what
they were as commitments. The app may call the functions and do nothing else; what they wrote is covered by an
entry of its own, and whoever lies to them breaks the chain."""

from django.db import migrations

# Lets through what the owner's functions below do to the personal parts of an entry, or of its seal.
WRITTEN_ONCE = """
CREATE OR REPLACE FUNCTION traitortrack_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('traitortrack.erasing', true) = TG_TABLE_NAME
       AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
       AND to_jsonb(NEW) - traitortrack_personal(TG_TABLE_NAME)
         = to_jsonb(OLD) - traitortrack_personal(TG_TABLE_NAME) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit log is written once: % is refused', TG_OP
          USING ERRCODE = 'restrict_violation';
END $$
"""
BEFORE = """
CREATE OR REPLACE FUNCTION traitortrack_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is written once: % is refused', TG_OP
          USING ERRCODE = 'restrict_violation';
END $$
"""
PERSONAL = """
CREATE FUNCTION traitortrack_personal(relation name) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE relation
      WHEN 'audit_auditlog' THEN ARRAY['actor', 'on_behalf_of', 'address', 'target_label', 'before', 'after',
                                       'reason']
      WHEN 'audit_seal' THEN ARRAY['who', 'who_salt', 'address', 'address_salt', 'what', 'what_salt', 'erasure']
      ELSE ARRAY[]::text[] END
$$
"""

# The first 24 bits of an IPv4 address, 48 of an IPv6 one, as 203.0.113.0/24; what is none is shortened to nothing.
SHORTENED = """
CREATE FUNCTION traitortrack_shortened(address text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    RETURN text(network(set_masklen(address::inet, CASE family(address::inet) WHEN 4 THEN 24 ELSE 48 END)));
EXCEPTION WHEN invalid_text_representation THEN
    RETURN '';
END $$
"""
# `changes`: for each entry the commitments (hex) of the parts that change, and what these are from now on. A
# part without a commitment stays. `erasure` is null where only addresses are shortened.
ERASE = """
CREATE FUNCTION traitortrack_erase(erasing uuid, changes jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
    asked bigint := jsonb_array_length(changes);
    done bigint;
BEGIN
    IF EXISTS (SELECT FROM jsonb_to_recordset(changes) AS change(
                      entry bigint, who text, actor text, on_behalf_of text, address_was text, address text,
                      what text)
                 JOIN audit_auditlog was ON was.id = change.entry
                WHERE change.who IS NOT NULL AND (erasing IS NULL
                      OR change.actor <> was.actor AND change.actor !~ '^person-[0-9a-f]{{8}}$'
                      OR change.on_behalf_of <> was.on_behalf_of
                         AND change.on_behalf_of !~ '^person-[0-9a-f]{{8}}$')
                   OR change.what IS NOT NULL AND erasing IS NULL
                   OR change.address_was IS NOT NULL AND change.address <> ''
                      AND change.address <> traitortrack_shortened(was.address)) THEN
        RAISE EXCEPTION 'this is no erasing' USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM set_config('traitortrack.erasing', 'audit_seal', true);
    UPDATE audit_seal seal
       SET who = coalesce(decode(change.who, 'hex'), seal.who),
           who_salt = CASE WHEN change.who IS NULL THEN seal.who_salt END,
           address = coalesce(decode(change.address_was, 'hex'), seal.address),
           address_salt = CASE WHEN change.address_was IS NULL THEN seal.address_salt END,
           what = coalesce(decode(change.what, 'hex'), seal.what),
           what_salt = CASE WHEN change.what IS NULL THEN seal.what_salt END,
           erasure = coalesce(erasing, seal.erasure)
      FROM jsonb_to_recordset(changes) AS change(entry bigint, who text, address_was text, what text)
     WHERE seal.entry = change.entry;
    GET DIAGNOSTICS done = ROW_COUNT;
    IF done <> asked THEN
        RAISE EXCEPTION 'only sealed entries can be erased: % of % are', done, asked;
    END IF;
    PERFORM set_config('traitortrack.erasing', 'audit_auditlog', true);
    UPDATE audit_auditlog entry
       SET actor = CASE WHEN change.who IS NULL THEN entry.actor ELSE change.actor END,
           on_behalf_of = CASE WHEN change.who IS NULL THEN entry.on_behalf_of ELSE change.on_behalf_of END,
           address = CASE WHEN change.address_was IS NULL THEN entry.address ELSE change.address END,
           target_label = CASE WHEN change.what IS NULL THEN entry.target_label ELSE change.target_label END,
           before = CASE WHEN change.what IS NULL THEN entry.before ELSE change.before END,
           after = CASE WHEN change.what IS NULL THEN entry.after ELSE change.after END,
           reason = CASE WHEN change.what IS NULL THEN entry.reason ELSE change.reason END
      FROM jsonb_to_recordset(changes) AS change(
           entry bigint, who text, actor text, on_behalf_of text, address_was text, address text,
           what text, target_label text, before jsonb, after jsonb, reason text)
     WHERE entry.id = change.entry;
    GET DIAGNOSTICS done = ROW_COUNT;
    PERFORM set_config('traitortrack.erasing', '', true);
    IF done <> asked THEN
        RAISE EXCEPTION 'some entries are gone: % of % are there', done, asked;
    END IF;
    RETURN done;
END $$
"""
# An entry that is erased a second time belongs to the newer erasure, and all others of the older one with it.
TAKE_OVER = """
CREATE FUNCTION traitortrack_take_over(erasing uuid, older uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
BEGIN
    PERFORM set_config('traitortrack.erasing', 'audit_seal', true);
    UPDATE audit_seal SET erasure = erasing WHERE erasure = ANY(older);
    PERFORM set_config('traitortrack.erasing', '', true);
END $$
"""


def in_our_schema(apps, schema_editor):
    """The functions look nowhere else for tables, whatever the caller's search_path."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        [schema] = cursor.fetchone()
        for function in (ERASE, TAKE_OVER):
            cursor.execute(function.format(schema=schema))


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_the_app_may_analyze")]

    operations = [
        migrations.RunSQL(SHORTENED, "DROP FUNCTION traitortrack_shortened(text)"),
        migrations.RunSQL(PERSONAL, "DROP FUNCTION traitortrack_personal(name)"),
        migrations.RunSQL(WRITTEN_ONCE, BEFORE),
        migrations.RunPython(
            in_our_schema,
            lambda apps, schema_editor: schema_editor.execute(
                "DROP FUNCTION traitortrack_erase(uuid, jsonb), traitortrack_take_over(uuid, uuid[])"
            ),
        ),
    ]
