using Microsoft.Data.Sqlite;

namespace Quickstart.Shop;

/// <summary>
/// Fills an empty database: the same rows each time. Plain ADO with prepared commands in one transaction, because nothing
/// is cached yet that would have to hear of it.
/// </summary>
internal sealed class ShopSeed(SqliteConnection connection, Action<double> report)
{
    public const int Customers = 20_000;
    public const int Products = 5_000;
    public const int Categories = 40;
    public const int Orders = 30_000;

    /// <summary>Raise it when the rows below change; a change of the model is noticed without.</summary>
    public const int Revision = 1;

    private const string Now = "yyyy-MM-dd HH:mm:ss";

    // 3 1/3 lines on average: about 100 000 in all.
    private static readonly int[] LinesPerOrder = [1, 2, 3, 4, 4, 6];

    private delegate void InsertRow(params object?[] values);

    private readonly Random random = new(19_930_401);
    private readonly int[] prices = new int[Products + 1];
    private int rows;

    public void Run()
    {
        using var transaction = connection.BeginTransaction();
        SeedProducts(transaction);
        SeedCustomers(transaction);
        SeedOrders(transaction);
        transaction.Commit();
    }

    private void SeedProducts(SqliteTransaction transaction)
    {
        var category = Insert(transaction, nameof(ShopContext.Categories), "Id", "Name");
        for (var id = 1; id <= Categories; id++)
        {
            category(id, $"Category {id}");
        }

        var product = Insert(transaction, nameof(ShopContext.Products),
            "Id", "CategoryId", "Name", "PriceInCents", "Stock", "WeightInKg", "Discontinued", "Version");
        for (var id = 1; id <= Products; id++)
        {
            prices[id] = random.Next(100, 100_000);
            product(id, 1 + (id % Categories), ShopNames.Product(random, id), prices[id],
                random.Next(500), random.Next(1, 40_000) / 1000.0, random.Next(50) == 0, 1);
        }
    }

    private void SeedCustomers(SqliteTransaction transaction)
    {
        var customer = Insert(transaction, nameof(ShopContext.Customers),
            "Id", "Name", "Email", "Phone", "Points", "MemberSince", "Version");
        var address = Insert(transaction, nameof(ShopContext.Addresses),
            "Id", "CustomerId", "Street", "City", "Note", "Version");
        var addressId = 0;
        for (var id = 1; id <= Customers; id++)
        {
            customer(id, ShopNames.Person(random), ShopNames.Email(id),
                random.Next(3) == 0 ? null : $"+49 30 {random.Next(1_000_000):000000}", random.Next(2_000), Day(), 1);
            for (var n = random.Next(1, 3); n > 0; n--)
            {
                address(++addressId, id, $"{ShopNames.Street(random.Next())} {random.Next(1, 200)}",
                    ShopNames.City(random.Next()), random.Next(4) == 0 ? "Ring twice" : null, 1);
            }
        }
    }

    private void SeedOrders(SqliteTransaction transaction)
    {
        var order = Insert(transaction, nameof(ShopContext.Orders),
            "Id", "CustomerId", "Status", "PlacedAt", "ShippedAt", "TotalInCents", "Version");
        var line = Insert(transaction, nameof(ShopContext.OrderLines),
            "Id", "OrderId", "ProductId", "Quantity", "PriceInCents", "Version");
        var lineId = 0;
        for (var id = 1; id <= Orders; id++)
        {
            var lines = new (int Product, int Quantity)[LinesPerOrder[random.Next(LinesPerOrder.Length)]];
            foreach (ref var each in lines.AsSpan())
            {
                each = (random.Next(1, Products + 1), random.Next(1, 10));
            }

            var status = (OrderStatus)random.Next(3);
            order(id, random.Next(1, Customers + 1), (int)status, Day(), status == OrderStatus.Shipped ? Day() : null,
                lines.Sum(l => (long)l.Quantity * prices[l.Product]), 1);
            foreach (var (product, quantity) in lines)
            {
                line(++lineId, id, product, quantity, prices[product], 1);
            }
        }
    }

    private string Day() => ShopNames.OpeningDay.AddMinutes(random.Next(2_000_000)).ToString(Now);

    private InsertRow Insert(SqliteTransaction transaction, string table, params string[] columns)
    {
        const int rowsInAll = Categories + Products + Customers + (Customers * 3 / 2) + Orders + (Orders * 10 / 3);
        var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // the names are the model's own
        command.CommandText = $"""
            INSERT INTO "{table}" ({string.Join(", ", columns)}) VALUES ({string.Join(", ", columns.Select(c => "$" + c))})
            """;
#pragma warning restore CA2100
        var parameters = columns.Select(c => command.Parameters.Add(new SqliteParameter { ParameterName = "$" + c })).ToArray();
        return values =>
        {
            for (var i = 0; i < parameters.Length; i++)
            {
                parameters[i].Value = values[i] ?? DBNull.Value;
            }

            command.ExecuteNonQuery();
            if (++rows % 1_000 == 0)
            {
                report(Math.Min(1, (double)rows / rowsInAll));
            }
        };
    }
}
