namespace ZooCache;

/// <summary>What nodes that share a cache promise their readers.</summary>
public enum CacheConsistency
{
    /// <summary>What one node writes is seen by the others as soon as a message has reached them. If they can't be sure to hear of everything,
    /// they ask the database (<see cref="NodeOptions.MaxStaleness"/>).</summary>
    Eventual,

    /// <summary>What a save has written when it returns is seen from then on by all. Each answer from the cache costs a question to the log,
    /// and each write one more.</summary>
    Strict,
}

/// <summary>
/// How a cache takes part in a log of invalidations that it shares with other nodes (processes that cache answers of one database). Nodes of one
/// cache should agree in <see cref="LeaseTime"/>, <see cref="SuspectTime"/> and <see cref="Consistency"/>. Without a log, nothing here has
/// an effect. Not thread-safe.
/// </summary>
public sealed class NodeOptions
{
    /// <summary>
    /// What is promised of answers from the cache. A property of the log: one node that asks for <see cref="CacheConsistency.Strict"/> makes it so
    /// for all; a log that has become strict is trusted after <see cref="SuspectTime"/>. A query may ask for less. Default:
    /// <see cref="CacheConsistency.Eventual"/>.
    /// </summary>
    public CacheConsistency Consistency { get; set; }

    /// <summary>
    /// How long a save waits until the others can know of it; afterwards it returns, and they get to know when they can. 0 (not at all) to
    /// 1 day. Default: 50 ms.
    /// </summary>
    public TimeSpan AppendWait { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long answers are given from the cache without the log having confirmed that nothing was missed. Twice
    /// <see cref="HeartbeatInterval"/> to 1 day. Default: 5 seconds.
    /// </summary>
    public TimeSpan MaxStaleness { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the log is asked for its head, and the lease renewed. Above 0, to 1 day. Default: 1 second.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a node is taken to be alive, and to have told of its writes, each time that it shows itself. Three times
    /// <see cref="HeartbeatInterval"/> to 1 day. Default: 10 seconds.
    /// </summary>
    public TimeSpan LeaseTime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a node whose lease has run out may still commit something: until then everything is invalidated once each
    /// <see cref="LeaseTime"/>. To be longer than any transaction. <see cref="LeaseTime"/> to 1 day. Default: 10 minutes.
    /// </summary>
    public TimeSpan SuspectTime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a request to the log is waited for. Above 0, to 1 day. Default: 1 second.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a read waits for a write that it is to see; then it is answered by the database. 0 (not at all) to 1 day. Default: 250 ms.
    /// </summary>
    public TimeSpan TokenWait { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How far ahead of this machine's clock another one may be before its stamps are no longer taken over. Above 0, to 1 day. Default:
    /// 1 minute.
    /// </summary>
    public TimeSpan MaxClockSkew { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The most messages that wait to be told; beyond them they are told as whole tables, or as everything. 1 or more. Default:
    /// 1000.</summary>
    public int OutboxLimit { get; set; } = 1000;

    internal bool IsStrict => Consistency == CacheConsistency.Strict;

    internal NodeOptions Copy() => (NodeOptions)MemberwiseClone();

    /// <summary>Throws <see cref="ArgumentOutOfRangeException"/>, naming the property to change.</summary>
    internal void Validate()
    {
        var longest = TimeSpan.FromDays(1);
        Require(AppendWait >= TimeSpan.Zero && AppendWait <= longest, AppendWait, "must be 0 to 1 day", nameof(AppendWait));
        Require(TokenWait >= TimeSpan.Zero && TokenWait <= longest, TokenWait, "must be 0 to 1 day", nameof(TokenWait));
        RequireTime(RequestTimeout, nameof(RequestTimeout));
        RequireTime(MaxClockSkew, nameof(MaxClockSkew));
        RequireTime(HeartbeatInterval, nameof(HeartbeatInterval));
        Require(MaxStaleness >= 2 * HeartbeatInterval && MaxStaleness <= longest, MaxStaleness, $"must be at least twice {nameof(HeartbeatInterval)} ({HeartbeatInterval})", nameof(MaxStaleness));
        Require(LeaseTime >= 3 * HeartbeatInterval && LeaseTime <= longest, LeaseTime, $"must be at least three times {nameof(HeartbeatInterval)} ({HeartbeatInterval})", nameof(LeaseTime));
        Require(SuspectTime >= LeaseTime && SuspectTime <= longest, SuspectTime, $"must be at least {nameof(LeaseTime)} ({LeaseTime})", nameof(SuspectTime));
        Require(Enum.IsDefined(Consistency), Consistency, "must be one of the named values", nameof(Consistency));
        Require(OutboxLimit > 0, OutboxLimit, "must be positive", nameof(OutboxLimit));

        void RequireTime(TimeSpan value, string property) =>
            Require(value > TimeSpan.Zero && value <= longest, value, "must be positive and at most 1 day", property);
    }

    private static void Require(bool holds, object value, string rule, string property)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(property, value, $"{nameof(NodeOptions)}.{property} {rule}.");
        }
    }
}
