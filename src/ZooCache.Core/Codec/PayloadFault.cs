namespace ZooCache.Codec;

/// <summary>Why a payload gives no result. Each is a miss for whoever asked, and nothing more.</summary>
internal enum PayloadFault
{
    /// <summary>It does.</summary>
    None,

    /// <summary>It is cut off, damaged, or never was one.</summary>
    Malformed,

    /// <summary>It is of a version, or compressed in a way, that isn't known here.</summary>
    UnknownFormat,

    /// <summary>It holds columns of other kinds than are asked for.</summary>
    OtherColumns,

    /// <summary>It would take more memory than a result may.</summary>
    TooLarge,
}
