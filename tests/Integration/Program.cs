using ZooCache.Integration.Tests;
using ZooCache.Integration.Tests.Queries;

// Some tests start the test assembly again, as a process of their own.
return args switch
{
    ["herd", var provider, var scenario] => await HerdTests.RunAsync(provider, scenario),
    ["node", var redis, var database, var consistency, var skew] => await DrillProcess.RunAsync(redis, database, consistency, skew),
    _ => 2,
};
