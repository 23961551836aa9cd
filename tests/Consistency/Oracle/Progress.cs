namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Lines for whoever waits: in the file that ZOOCACHE_PROGRESS names, if it does. Test output comes only at the end.</summary>
internal static class Progress
{
    private static readonly Lock Turn = new();

    internal static void Write(string text)
    {
        if (Environment.GetEnvironmentVariable("ZOOCACHE_PROGRESS") is { Length: > 0 } file)
        {
            lock (Turn)
            {
                File.AppendAllText(file, text + Environment.NewLine);
            }
        }
    }
}
