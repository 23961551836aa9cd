using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Writes.Sql;

/// <summary>Looks at each word of one statement for what writes: verbs with their targets, and calls.</summary>
internal sealed class SqlStatementReader(SqlStatement statement, SqlDialect dialect, SqlEffectBuilder effect)
{
    // The clauses DO UPDATE and THEN UPDATE name no table: any of these may be theirs.
    private readonly List<SqlTarget> _inserted = [];
    private readonly List<SqlTarget> _merged = [];

    internal void Read(int position)
    {
        while (position < statement.Count)
        {
            position = ReadToken(position);
            if (position < 0)
            {
                effect.Unknown();
                return;
            }
        }
    }

    /// <summary>Gives the position to go on at, or -1 if what stands here isn't understood.</summary>
    private int ReadToken(int position)
    {
        var token = statement[position];
        if (token.Kind == SqlTokenKind.Word && !statement[position - 1].IsSymbol('.'))
        {
            switch (token.Text.ToUpperInvariant())
            {
                case "INSERT":
                    return ReadInsert(position);
                case "REPLACE" when !statement[position + 1].IsSymbol('('):
                    return ReadInto(position + 1, mayDelete: true);
                case "UPDATE":
                    return ReadUpdate(position);
                case "DELETE":
                    return ReadDelete(position);
                case "MERGE":
                    return ReadMerge(position);
                case "TRUNCATE":
                    return ReadTruncate(position);
                case "COPY":
                    return ReadCopy(position);
                case "DO" when statement[position + 1].IsWord("UPDATE") || statement[position + 1].IsWord("NOTHING"):
                    return position + 1;
                case "INTO" or "DO":
                    return -1;
                case var word when SqlVocabulary.Strange.Contains(word):
                    return -1;
            }
        }

        if (statement[position + 1].IsSymbol('(') && token.Kind is SqlTokenKind.Word or SqlTokenKind.Name or SqlTokenKind.Parameter
            && !IsHarmlessBeforeParenthesis(position))
        {
            effect.Calls.Add(TableName.Fold(token.Text));
        }

        return position + 1;
    }

    private bool IsHarmlessBeforeParenthesis(int position)
    {
        var before = statement[position - 1];
        var token = statement[position];
        if (before.IsWord("WITH") || before.IsWord("RECURSIVE"))
        {
            return true;
        }

        if (token.Kind != SqlTokenKind.Word || before.IsSymbol('.'))
        {
            return false;
        }

        // PostgreSQL allows these as names of functions; where they stand here, none can be called.
        return token.Text.ToUpperInvariant() switch
        {
            "BY" => before.IsWord("GROUP") || before.IsWord("ORDER") || before.IsWord("PARTITION"),
            "OVER" or "FILTER" => before.IsSymbol(')'),
            "GROUP" => before.IsWord("WITHIN"),
            "CONFLICT" => before.IsWord("ON"),
            "MATERIALIZED" => before.IsWord("AS") || before.IsWord("NOT"),
            var word => SqlVocabulary.HarmlessBeforeParenthesis(dialect).Contains(word),
        };
    }

    private int ReadInsert(int position)
    {
        if (statement[position - 1].IsWord("THEN"))
        {
            return _merged.Count > 0 ? position + 1 : -1;
        }

        var replaces = statement[position + 1].IsWord("OR") && statement[position + 2].IsWord("REPLACE");
        return ReadInto(AfterConflictClause(position + 1), replaces);
    }

    private int ReadInto(int position, bool mayDelete)
    {
        if (!statement[position].IsWord("INTO"))
        {
            return -1;
        }

        var next = AddTarget(position + 1, mayDelete, assigned: [], _inserted);
        return next >= 0 && statement[next].IsWord("AS") && statement[next + 1].IsNameOrWord ? next + 2 : next;
    }

    private int ReadUpdate(int position)
    {
        var before = statement[position - 1];
        if (before.IsWord("FOR") || (before.IsWord("KEY") && statement[position - 2].IsWord("NO")))
        {
            // A locking read.
            return position + 1;
        }

        if (before.IsWord("DO") || before.IsWord("THEN"))
        {
            var targets = before.IsWord("DO") ? _inserted : _merged;
            var assigned = AssignedAfter(position + 1);
            effect.Targets.AddRange(targets.Select(t => t with { Assigned = assigned }));
            return targets.Count > 0 && statement[position + 1].IsWord("SET") ? position + 2 : -1;
        }

        var replaces = statement[position + 1].IsWord("OR") && statement[position + 2].IsWord("REPLACE");
        var name = AfterConflictClause(position + 1);
        name += statement[name].IsWord("ONLY") ? 1 : 0;
        if (statement.PathAt(name) is not { } path)
        {
            return -1;
        }

        var set = path.Next + (statement[path.Next].IsSymbol('*') ? 1 : 0);
        set += statement[set].IsWord("AS") ? 1 : 0;
        set += statement[set].IsNameOrWord && !statement[set].IsWord("SET") ? 1 : 0;
        if (!statement[set].IsWord("SET"))
        {
            return -1;
        }

        AddTarget(name, replaces, AssignedAfter(set));
        return set + 1;
    }

    private int ReadDelete(int position)
    {
        if (statement[position - 1].IsWord("THEN"))
        {
            // The target of a MERGE is taken to lose rows anyway.
            return _merged.Count > 0 ? position + 1 : -1;
        }

        if (!statement[position + 1].IsWord("FROM"))
        {
            return -1;
        }

        return AddTarget(position + (statement[position + 2].IsWord("ONLY") ? 3 : 2), mayDelete: true, assigned: []);
    }

    private int ReadMerge(int position)
    {
        if (!statement[position + 1].IsWord("INTO"))
        {
            return -1;
        }

        return AddTarget(position + (statement[position + 2].IsWord("ONLY") ? 3 : 2), mayDelete: true, assigned: [], _merged);
    }

    /// <summary>A list of tables and nothing else but what becomes of their sequences: CASCADE reaches tables that the model
    /// doesn't know.</summary>
    private int ReadTruncate(int position)
    {
        if (position != 0)
        {
            return -1;
        }

        position += statement[position + 1].IsWord("TABLE") ? 1 : 0;
        do
        {
            position++;
            position += statement[position].IsWord("ONLY") ? 1 : 0;
            position = AddTarget(position, mayDelete: true, assigned: []);
            if (position < 0)
            {
                return -1;
            }

            position += statement[position].IsSymbol('*') ? 1 : 0;
        }
        while (statement[position].IsSymbol(','));

        if ((statement[position].IsWord("RESTART") || statement[position].IsWord("CONTINUE")) && statement[position + 1].IsWord("IDENTITY"))
        {
            position += 2;
        }

        position += statement[position].IsWord("RESTRICT") ? 1 : 0;
        return position == statement.Count ? position : -1;
    }

    private int ReadCopy(int position)
    {
        if (position != 0 || AddTarget(1, mayDelete: false, assigned: []) is not (>= 0 and var next))
        {
            return -1;
        }

        next = statement[next].IsSymbol('(') ? statement.AfterParenthesis(next) : next;
        return statement[next].IsWord("FROM") ? statement.Count : -1;
    }

    private int AfterConflictClause(int position) => statement[position].IsWord("OR") ? position + 2 : position;

    private int AddTarget(int position, bool mayDelete, IReadOnlyCollection<string>? assigned, List<SqlTarget>? remembered = null)
    {
        if (statement.PathAt(position) is not { } path)
        {
            return -1;
        }

        var target = new SqlTarget(path.Schema, path.Table, mayDelete, assigned);
        effect.Targets.Add(target);
        remembered?.Add(target);
        return path.Next;
    }

    /// <summary>
    /// The names left of each <c>=</c> that follows <c>SET</c> or a comma: every column that is set, and perhaps more, since
    /// where the list ends is not looked for. Null where SQLite may take a string for a name.
    /// </summary>
    private HashSet<string>? AssignedAfter(int set)
    {
        var assigned = new HashSet<string>(StringComparer.Ordinal);
        var isLeft = true;
        var depth = 0;
        for (var i = set + 1; i < statement.Count && depth >= 0; i++)
        {
            var token = statement[i];
            depth += token.IsSymbol('(') ? 1 : token.IsSymbol(')') ? -1 : 0;
            if (depth == 0 && token.IsSymbol(','))
            {
                isLeft = true;
            }
            else if (depth == 0 && token.IsSymbol('='))
            {
                isLeft = false;
            }
            else if (isLeft && token.Kind == SqlTokenKind.Text)
            {
                return null;
            }
            else if (isLeft && token.IsNameOrWord)
            {
                assigned.Add(TableName.Fold(token.Text));
            }
        }

        return assigned;
    }
}
