using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>Rows that were read where what is read may never be, or no longer.</summary>
public abstract class DoubtfulReadTests(Provider provider) : ListTests(provider)
{
    public sealed class OnSqlite() : DoubtfulReadTests(Provider.Sqlite)
    {
        // Guards OriginQueryContext.MayRemember: MayBeInTransaction. Microsoft.Data.Sqlite hands a pooled connection on with the
        // transaction that raw SQL left open on it.
        [Fact]
        public void WhenAPooledConnectionComesWithATransaction_WhatIsReadInItIsNotBelieved()
        {
            FillLists();
            using (var connection = Library.Database.Connect())
            {
                using var command = connection.CreateCommand();
                command.CommandText = "BEGIN; UPDATE \"Posts\" SET \"BlogId\" = 3 WHERE \"Id\" = 1";
                command.ExecuteNonQuery();
            }

            using (var db = Library.Open())
            {
                var post = db.Posts.Single(p => p.Id == 1);
                post.BlogId.ShouldBe(3);
                Library.Database.ClearPool();
                post.BlogId = 2;
                db.SaveChanges();
            }

            Lists().ShouldBe(("1:2 2:1,3,4 3:5", ""));
        }
    }

    [NeedsPostgres]
    public sealed class OnPostgres() : DoubtfulReadTests(Provider.Postgres);

    // Guards OriginQueryContext.MayRemember: a transaction's own rows may never be.
    [Theory]
    [InlineData("EF")]
    [InlineData("raw")]
    [InlineData("ADO")]
    public void WhenTheRowWasReadInATransactionThatIsRolledBack_ItIsNotBelieved(string how)
    {
        using var connection = Library.Database.Connect();
        using var db = Library.OpenOn(connection);
        var transaction = how == "EF" ? db.Database.BeginTransaction() : null;
        Run("BEGIN");
        using (var command = connection.CreateCommand())
        {
            command.Transaction = how == "EF" ? transaction!.GetDbTransaction() : null;
            command.CommandText = "UPDATE \"Posts\" SET \"BlogId\" = 3 WHERE \"Id\" = 1";
            command.ExecuteNonQuery();
        }

        var post = db.Posts.Single(p => p.Id == 1);
        post.BlogId.ShouldBe(3);
        transaction?.Rollback();
        Run("ROLLBACK");
        FillLists();
        post.BlogId = 2;
        db.SaveChanges();
        Lists().Lists.ShouldBe("1:2 2:1,3,4 3:5");

        void Run(string sql)
        {
            if (how == "raw")
            {
                db.Database.ExecuteSqlRaw(sql);
            }
            else if (how == "ADO")
            {
                using var command = connection.CreateCommand();
                command.CommandText = sql;
                command.ExecuteNonQuery();
            }
        }
    }

    // Guards QueryLookup.FenceOf (ReplicaLag) and BeginFill (the lag): the replica hasn't shown yet what was bumped long ago.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhenTheRowWasReadFromAReplicaThatIsBehind_ItIsNotBelieved(bool cached)
    {
        using var replica = new Scratch<LibraryContext>(o => new LibraryContext(o), LibraryContext.Fill, provider: Provider);
        Write(db => db.Posts.Find(1)!.BlogId = 3);
        FillLists();
        using (var db = Library.Open(z => (cached ? z.CacheAll() : z).ReplicaLag(TimeSpan.FromHours(1))))
        {
            db.Database.SetConnectionString(replica.ConnectionString);
            var post = db.Posts.Single(p => p.Id == 1);
            post.BlogId.ShouldBe(1);
            db.Database.SetConnectionString(Library.ConnectionString);
            post.BlogId = 2;
            db.SaveChanges();
        }

        Lists().ShouldBe(("1:2 2:1,3,4 3:5", ""));
    }
}
