using System.Text;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Writes.Sql;

/// <summary>
/// Random texts over the tables of <see cref="ChainContext"/>, with the tables that each names as its targets. Between any two
/// tokens there is noise: comments with SQL in them, tabs, line ends; words are written in any case, names in any quotes.
/// </summary>
internal sealed class RandomSql(Random random, Provider provider)
{
    private static readonly string[] Tables = ["Parent", "Child", "Grand", "order items"];

    private readonly List<string> _tokens = [];
    private readonly HashSet<string> _targets = new(StringComparer.Ordinal);

    private bool IsSqlite => provider == Provider.Sqlite;

    internal (string Sql, IReadOnlySet<string> Targets) Next()
    {
        _tokens.Clear();
        _targets.Clear();
        var statements = random.Next(4) == 0 ? 2 : 1;
        for (var i = 0; i < statements; i++)
        {
            Statement();
            _tokens.Add(";");
        }

        return (Write(), new HashSet<string>(_targets, StringComparer.Ordinal));
    }

    private void Statement()
    {
        switch (random.Next(IsSqlite ? 12 : 13))
        {
            case 0:
                Update("UPDATE", "", Target(Table()), "");
                break;
            case 1:
                Add("UPDATE", Target("Parent"), "SET", Name("N"), "=", "1", ",", Name("Code"), "=", Name("Code"), "||", Text("x"), "WHERE", Name("Id"), "=", Id());
                break;
            case 2:
                Add("UPDATE", Target("Child"), "SET", Name("Id"), "=", Name("Id"), "+", "1000", "WHERE", Name("Id"), "=", Id());
                break;
            case 3:
                Add("DELETE", "FROM", Target(Table()), "WHERE", Name("Id"), "=", Id());
                break;
            case 4:
                Add("DELETE", "FROM", Target("Parent"), "WHERE", Name("Code"), "IN", "(", "SELECT", Name("ParentCode"), "FROM", Name("Child"), "WHERE", Name("N"), "=", Id(), ")");
                break;
            case 5:
                Add("INSERT", "INTO", Target("order items"), "(", Name("N"), ")", "SELECT", "count", "(", "*", ")", "FROM", Name("Child"));
                break;
            case 6:
                Add("INSERT", "INTO", Target("Parent"), "(", Name("Id"), ",", Name("Code"), ",", Name("N"), ")", "VALUES", "(", Id(), ",", Text("p" + random.Next(9)), ",", "0", ")",
                    "ON", "CONFLICT", "(", Name("Id"), ")", "DO", "UPDATE", "SET", Name("Code"), "=", "excluded", ".", Name("Code"), "||", Text("it''s; DELETE FROM Child"));
                break;
            case 7:
                Add("WITH", Name("x"), "AS", "(", "SELECT", "1", ")", "DELETE", "FROM", Target("Grand"), "WHERE", Name("Id"), "IN", "(", "SELECT", "*", "FROM", Name("x"), ")");
                break;
            case 8:
                Add("SELECT", "count", "(", "*", ")", ",", Text("DELETE FROM Parent"), "FROM", Name(Table()), "WHERE", Name("N"), ">", Id());
                break;
            case 9 when IsSqlite:
                Add("REPLACE", "INTO", Target("Parent"), "(", Name("Id"), ",", Name("Code"), ",", Name("N"), ")", "VALUES", "(", Id(), ",", Text("p" + random.Next(9)), ",", "7", ")");
                break;
            case 10 when IsSqlite:
                Add("INSERT", "OR", "REPLACE", "INTO", Target("Child"), "(", Name("Id"), ",", Name("ParentCode"), ",", Name("N"), ")",
                    "SELECT", Id(), ",", Name("Code"), ",", "3", "FROM", Name("Parent"), "LIMIT", "1");
                break;
            case 11 when IsSqlite:
                Add("UPDATE", "OR", "REPLACE", Target("Parent"), "SET", random.Next(2) == 0 ? Name("Id") : "rowid", "=", Id(), "WHERE", Name("Id"), "=", Id());
                break;
            case 9 when !IsSqlite:
                Add("WITH", Name("x"), "AS", "(", "DELETE", "FROM", "ONLY", Target("Child"), "WHERE", Name("Id"), "=", Id(), "RETURNING", "1", ")",
                    "UPDATE", Target("order items"), "SET", Name("N"), "=", "(", "SELECT", "count", "(", "*", ")", "FROM", Name("x"), ")");
                break;
            case 10 when !IsSqlite:
                Add("MERGE", "INTO", Target("Grand"), "AS", Name("g"), "USING", Name("order items"), "AS", Name("o"), "ON", Name("g"), ".", Name("Id"), "=", Name("o"), ".", Name("Id"),
                    "WHEN", "MATCHED", "AND", Name("o"), ".", Name("N"), "=", "0", "THEN", "DELETE", "WHEN", "MATCHED", "THEN", "UPDATE", "SET", Name("N"), "=", Id());
                break;
            case 11 when !IsSqlite:
                Add("TRUNCATE", "TABLE", Target("Grand"), ",", "ONLY", Target("order items"), "RESTART", "IDENTITY");
                break;
            default:
                Add("DELETE", "FROM", Target("Grand"), "USING", Name("Child"), "WHERE", Name("Child"), ".", Name("Id"), "=", Name("Grand"), ".", Name("ChildId"), "AND",
                    Name("Child"), ".", Name("N"), "=", Id());
                break;
        }
    }

    private void Update(params string[] start)
    {
        Add(start);
        Add("SET", Name("N"), "=", "CASE", "WHEN", Name("N"), ">", "5", "THEN", "0", "ELSE", Name("N"), "+", "1", "END");
        if (random.Next(2) == 0)
        {
            Add("WHERE", Name("Id"), "<", Id());
        }
    }

    private void Add(params string[] tokens) => _tokens.AddRange(tokens.Where(t => t.Length > 0));

    private string Table() => Tables[random.Next(Tables.Length)];

    private string Id() => random.Next(1, 9).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private string Target(string table)
    {
        _targets.Add(table);
        var schema = random.Next(3) == 0 ? (IsSqlite ? "main" : "public") + Noise() + "." + Noise() : "";
        return schema + Name(table);
    }

    private static string Text(string text) => $"'{text}'";

    private string Name(string name) => random.Next(IsSqlite ? 4 : 1) switch
    {
        1 when !name.Contains(' ', StringComparison.Ordinal) => Cased(name),
        2 => $"[{name}]",
        3 => $"`{name}`",
        _ => $"\"{name}\"",
    };

    private string Cased(string word)
        => string.Concat(word.Select(c => random.Next(2) == 0 ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c)));

    private string Noise() => random.Next(8) switch
    {
        0 => "\t",
        1 => " \r\n ",
        2 => "/**/",
        3 => "/* '; DELETE FROM \"Log\" -- */",
        4 => " -- \" UPDATE x SET y = 'z\n",
        _ => " ",
    };

    private string Write()
    {
        var text = new StringBuilder();
        foreach (var token in _tokens)
        {
            text.Append(Noise()).Append(char.IsAsciiLetter(token[0]) && !token.Contains('.', StringComparison.Ordinal) ? Cased(token) : token);
        }

        return text.Append(Noise()).ToString();
    }
}
