using ZooCache.Integration.Tests.Queries;

// Some tests start the test assembly again, as a process of their own.
return args is ["herd", var provider, var scenario] ? await HerdTests.RunAsync(provider, scenario) : 2;
