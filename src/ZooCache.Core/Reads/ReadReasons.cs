namespace ZooCache;

/// <summary>Why a read is answered past the cache, whatever reads. The texts are part of the public behaviour (outcomes, metrics): change none.</summary>
internal static class ReadReasons
{
    internal const string Disabled = "disabled";
    internal const string LogUnconfirmed = "log-unconfirmed";
    internal const string LogSuspect = "log-suspect";
    internal const string TokenUnknown = "token-unknown";
}
