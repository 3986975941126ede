"""A schema as text: one line for each object, so that two schemas can be compared.

Names inside definitions are printed without their schema if it is in the search path, so the connection's search path
must be the schema to describe. Left out: objects of extensions, the records of applied migrations, owners, and the
named NOT NULL constraints of PostgreSQL 18 (the columns show NOT NULL in every version).
"""

from typing import Final

from coterie.database.connection import OneConnection

_RELATIONS: Final = """
    SELECT format('relation %s kind %s persistence %s options %s',
        relname, relkind, relpersistence, reloptions)
    FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'c', 'f')
"""
_COLUMNS: Final = """
    SELECT format(
        'column %s.%s number %s type %s not null %s collation %s default %s generated %s identity %s',
        relname, attname, row_number() OVER (PARTITION BY attrelid ORDER BY attnum),
        format_type(atttypid, atttypmod), attnotnull, collname, pg_get_expr(adbin, adrelid, TRUE),
        attgenerated, attidentity)
    FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    LEFT JOIN pg_collation ON pg_collation.oid = attcollation
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'c', 'f')
        AND attnum > 0 AND NOT attisdropped
"""
_CONSTRAINTS: Final = """
    SELECT format('constraint %s on %s %s', conname, coalesce(relname, typname),
        pg_get_constraintdef(pg_constraint.oid, TRUE))
    FROM pg_constraint
    LEFT JOIN pg_class ON pg_class.oid = conrelid
    LEFT JOIN pg_type ON pg_type.oid = contypid
    WHERE connamespace = current_schema()::regnamespace AND contype <> 'n'
"""
_INDEXES: Final = """
    SELECT format('index %s valid %s', pg_get_indexdef(indexrelid, 0, TRUE), indisvalid)
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE relnamespace = current_schema()::regnamespace
"""
_VIEWS: Final = """
    SELECT format('view %s %s', relname, pg_get_viewdef(oid, TRUE))
    FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('v', 'm')
"""
_SEQUENCES: Final = """
    SELECT format('sequence %s type %s start %s from %s to %s by %s cycle %s', sequencename, data_type,
        start_value, min_value, max_value, increment_by, cycle)
    FROM pg_sequences WHERE schemaname = current_schema()
"""
_FUNCTIONS: Final = r"""
    SELECT format('function %s(%s) kind %s returns %s language %s volatile %s strict %s secure %s body %s',
        proname, pg_get_function_arguments(pg_proc.oid), prokind, pg_get_function_result(pg_proc.oid),
        lanname, provolatile, proisstrict, prosecdef,
        regexp_replace(coalesce(pg_get_function_sqlbody(pg_proc.oid), prosrc), '\s+', ' ', 'g'))
    FROM pg_proc JOIN pg_language ON pg_language.oid = prolang
    WHERE pronamespace = current_schema()::regnamespace AND NOT EXISTS (
        SELECT FROM pg_depend
        WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')
"""
_TRIGGERS: Final = """
    SELECT format('trigger %s enabled %s', pg_get_triggerdef(pg_trigger.oid, TRUE), tgenabled)
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal
"""
_TYPES: Final = """
    SELECT format('type %s kind %s over %s labels %s', typname, typtype,
        CASE WHEN typbasetype <> 0 THEN format_type(typbasetype, typtypmod) END,
        (SELECT string_agg(enumlabel, ', ' ORDER BY enumsortorder)
            FROM pg_enum WHERE enumtypid = pg_type.oid))
    FROM pg_type
    WHERE typnamespace = current_schema()::regnamespace AND typtype IN ('d', 'e', 'r') AND NOT EXISTS (
        SELECT FROM pg_depend
        WHERE classid = 'pg_type'::regclass AND objid = pg_type.oid AND deptype = 'e')
"""
_PARTS: Final = (
    *(_RELATIONS, _COLUMNS, _CONSTRAINTS, _INDEXES, _VIEWS),
    *(_SEQUENCES, _FUNCTIONS, _TRIGGERS, _TYPES),
)


async def describe(connection: OneConnection) -> list[str]:
    """The current schema (the first of the search path that exists), sorted, a line for each object."""
    lines = [row[0] for part in _PARTS for row in await connection.fetch(part)]
    return sorted(line for line in lines if "schema_migrations" not in line)
