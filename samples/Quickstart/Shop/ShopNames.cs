namespace Quickstart.Shop;

/// <summary>The words that the shop's data is made of, and its first day.</summary>
internal static class ShopNames
{
    private static readonly string[] Firsts =
        ["Ada", "Alan", "Barbara", "Carl", "Donald", "Edsger", "Frances", "Grace", "Hedy", "Ivan", "Jean", "Katherine",
         "Leslie", "Margaret", "Niklaus", "Ole", "Radia", "Shafi", "Tony", "Whitfield"];

    private static readonly string[] Lasts =
        ["Ahlers", "Becker", "Costa", "Dubois", "Eriksen", "Ferrari", "Garcia", "Hansen", "Ito", "Jansen", "Kowalski",
         "Lindgren", "Moreau", "Novak", "Okafor", "Petrov", "Quinn", "Rossi", "Silva", "Tanaka", "Vogel", "Weber"];

    private static readonly string[] Adjectives =
        ["Blue", "Quiet", "Sturdy", "Folding", "Wooden", "Light", "Deep", "Round", "Winter", "Garden", "Travel", "Classic"];

    private static readonly string[] Things =
        ["Lamp", "Chair", "Kettle", "Basket", "Clock", "Blanket", "Ladder", "Mirror", "Shelf", "Teapot", "Umbrella", "Bench"];

    private static readonly string[] Streets = ["Mill Lane", "Station Road", "High Street", "Park Avenue", "Church Hill"];

    private static readonly string[] Cities = ["Lisbon", "Leiden", "Graz", "Uppsala", "Bologna", "Ghent", "Brno", "Cork"];

    public static DateTime OpeningDay { get; } = new(2020, 1, 1, 8, 0, 0, DateTimeKind.Unspecified);

    /// <summary>Words that product names contain, to search for.</summary>
    public static string Word(int n) => Pick(Things, n);

    /// <summary>Beginnings of customer names, to search for.</summary>
    public static string NameStart(int n) => $"{Pick(Firsts, n)} {Pick(Lasts, n / Firsts.Length)[0]}";

    public static string Street(int n) => Pick(Streets, n);

    public static string City(int n) => Pick(Cities, n);

    /// <summary>Each customer has two addresses, and uses one at a time; the first to begin with.</summary>
    public static string Email(int customer, bool second = false) => $"customer{customer}@example.{(second ? "org" : "com")}";

    public static string Person(Random random) => $"{Pick(Firsts, random.Next())} {Pick(Lasts, random.Next())}";

    public static string Product(Random random, int id) => $"{Pick(Adjectives, random.Next())} {Pick(Things, random.Next())} {id}";

    private static string Pick(string[] words, int n) => words[n % words.Length];
}
