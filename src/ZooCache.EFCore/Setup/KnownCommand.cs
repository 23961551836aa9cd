namespace ZooCache.EFCore.Setup;

/// <summary>A command of which all is known before it is sent.</summary>
internal enum KnownCommand
{
    None,

    /// <summary>That of a query that is loaded.</summary>
    Load,

    /// <summary>One that SaveChanges sends.</summary>
    Change,
}
