using ZooCache.Integration.Tests;
using ZooCache.Integration.Tests.Queries;

// Some tests start the test assembly again, as a process of their own.
return args switch
{
    ["herd", var provider, var scenario] => await HerdTests.RunAsync(provider, scenario),
    ["node", var place, var database, var consistency, var skew] => await DrillProcess.RunAsync(place, database, consistency, skew),
    ["lmdb-hold", var file, .. var how] => await LmdbVictim.HoldAsync(file, isLarge: how is ["large"]),
    ["lmdb-ask", var directory, var database, var times] => await LmdbVictim.AskAsync(directory, database, times),
    ["lmdb-try", var directory, var prefix] => await LmdbVictim.TryAsync(directory, prefix),
    _ => 2,
};
