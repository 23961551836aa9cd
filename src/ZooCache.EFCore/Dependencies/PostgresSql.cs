using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace ZooCache.EFCore.Dependencies;

/// <summary>
/// What Npgsql's provider adds to the common SQL, as far as it is deterministic for one session. Much of it depends on
/// settings of the session (TimeZone, DateStyle, lc_*, default_text_search_config, pg_trgm's thresholds). That is no
/// obstacle: an answer belongs to its connection string, which names the settings, and a connection whose session was
/// changed by a statement neither stores nor is served. Not here: now(), random(), gen_random_uuid(), uuidv7(),
/// age(x), nextval(), current_*, and whatever reads the catalogue or the server's state.
/// </summary>
internal static class PostgresSql
{
    internal static string[] Functions { get; } =
    [
        // Texts and binary data.
        "btrim", "concat_ws", "encode", "get_byte", "left", "lpad", "position", "regexp_count", "regexp_replace", "reverse", "right",
        "rpad", "set_byte", "string_agg", "string_to_array", "strpos", "text",
        "similarity", "show_trgm", "strict_word_similarity", "word_similarity", "unaccent",
        "difference", "dmetaphone", "dmetaphone_alt", "levenshtein", "levenshtein_less_equal", "metaphone", "soundex",
        // Numbers and statistics.
        "greatest", "least", "corr", "covar_pop", "covar_samp", "regr_avgx", "regr_avgy", "regr_count", "regr_intercept",
        "regr_r2", "regr_slope", "regr_sxx", "regr_sxy", "regr_syy", "stddev_pop", "stddev_samp", "var_pop", "var_samp",
        // Dates and times, made of their parts or taken apart.
        "date_part", "date_trunc", "extract", "make_date", "make_interval", "make_timestamp", "make_timestamptz", "to_date",
        "to_timestamp",
        // Arrays and JSON.
        "array_agg", "array_append", "array_cat", "array_position", "array_remove", "array_to_string", "cardinality",
        "json_agg", "json_array_length", "json_object_agg", "json_set", "json_typeof", "jsonb_agg", "jsonb_array_length",
        "jsonb_object_agg", "jsonb_set", "jsonb_typeof", "to_json", "to_jsonb",
        // Ranges.
        "isempty", "lower_inc", "lower_inf", "range_agg", "range_intersect_agg", "range_merge", "upper_inc", "upper_inf",
        // Network addresses.
        "abbrev", "broadcast", "family", "host", "hostmask", "inet_merge", "inet_same_family", "macaddr8_set7bit", "masklen",
        "netmask", "network", "set_masklen",
        // Label trees and cubes.
        "index", "lca", "nlevel", "subltree", "subpath", "cube", "cube_dim", "cube_enlarge", "cube_inter", "cube_is_point",
        "cube_ll_coord", "cube_subset", "cube_union", "cube_ur_coord",
        // Text search. ts_rewrite is looked at more closely.
        "array_to_tsvector", "numnode", "phraseto_tsquery", "plainto_tsquery", "querytree", "setweight", "strip", "to_tsquery",
        "to_tsvector", "ts_delete", "ts_filter", "ts_headline", "ts_rank", "ts_rank_cd", RewriteQuery, "tsquery_phrase",
        "websearch_to_tsquery",
    ];

    internal static string[] TableFunctions { get; } =
    [
        "json_array_elements_text", "json_to_recordset", "jsonb_array_elements_text", "jsonb_to_recordset", "unnest",
    ];

    /// <summary>Of two arguments, the second is the text of a query, which reads tables that nobody sees here.</summary>
    internal const string RewriteQuery = "ts_rewrite";

    /// <summary>
    /// Nodes, by full name: the provider isn't referenced. Each hands all its children to a visitor. The operators of a
    /// <c>PgUnknownBinaryExpression</c> are those of pg_trgm, and <c>PgFunctionExpression</c> is judged by its function.
    /// </summary>
    internal static string[] Nodes { get; } =
    [
        .. from name in new[]
           {
               "PgAllExpression", "PgAnyExpression", "PgArrayIndexExpression", "PgArraySliceExpression", "PgBinaryExpression",
               "PgFunctionExpression", "PgILikeExpression", "PgJsonTraversalExpression", "PgNewArrayExpression",
               "PgRegexMatchExpression", "PgRowValueExpression", "PgTableValuedFunctionExpression", "PgUnknownBinaryExpression",
               "PgUnnestExpression",
           }
           select "Npgsql.EntityFrameworkCore.PostgreSQL.Query.Expressions.Internal." + name,
    ];

    /// <summary><c>column = ANY (parameter)</c>, which is what the provider makes of <c>Contains</c>; nothing for anything else, and
    /// where the node doesn't look as expected.</summary>
    internal static (ColumnExpression? Column, SqlParameterExpression? List) ReadAnyEqual(SqlExpression node)
        => node.GetType() is { Name: "PgAnyExpression" } type
            && $"{type.GetProperty("OperatorType")?.GetValue(node)}" == "Equal"
            && type.GetProperty("Item")?.GetValue(node) is ColumnExpression column
            && type.GetProperty("Array")?.GetValue(node) is SqlParameterExpression list
                ? (column, list)
                : default;

    /// <summary>
    /// The texts that stand for an interval or the first day in SQL: <c>INTERVAL '2 months'</c>, <c>DATE '0001-01-01'</c>.
    /// </summary>
    internal static bool IsKnownFragment(string sql)
        => sql == "DATE '0001-01-01'"
            || (sql.StartsWith("INTERVAL '", StringComparison.Ordinal)
                && sql.EndsWith('\'')
                && !sql.AsSpan("INTERVAL '".Length..^1).Contains('\''));
}
