namespace ZooCache;

/// <summary>What a look-up found.</summary>
internal enum LookupStatus
{
    /// <summary>No entry under the key.</summary>
    NotFound,

    /// <summary>An entry that is valid now.</summary>
    Hit,

    /// <summary>An entry whose dependencies were bumped; it is gone now.</summary>
    Invalidated,

    /// <summary>An entry past its time; it is gone now.</summary>
    Expired,
}

/// <summary>What became of a fill.</summary>
internal enum StoreOutcome
{
    /// <summary>It is an entry now.</summary>
    Stored,

    /// <summary>A dependency was bumped since the fence.</summary>
    Invalidated,

    /// <summary>A write under way overlaps a dependency.</summary>
    Marked,

    /// <summary>Larger than <see cref="ZooCacheOptions.MaximumResultBytes"/> or than the whole budget.</summary>
    TooLarge,

    /// <summary>An entry with a newer fence stands under the key.</summary>
    Superseded,

    /// <summary>The cache is switched off.</summary>
    Disabled,

    /// <summary>The user doesn't want it kept.</summary>
    Declined,

    /// <summary>The cache, or the fill, was disposed already.</summary>
    Disposed,
}
