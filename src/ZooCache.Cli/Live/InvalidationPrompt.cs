namespace ZooCache.Cli.Live;

/// <summary>A tag that is being typed, or that is invalidated on all nodes once that is confirmed by a key.</summary>
internal sealed class InvalidationPrompt
{
    /// <summary>What has been typed; null if nothing is to be typed.</summary>
    internal string? Typed { get; private set; }

    /// <summary>What is to be confirmed; null if there is nothing.</summary>
    internal string? ToConfirm { get; private set; }

    internal bool IsOpen => Typed is not null || ToConfirm is not null;

    internal void AskForTag() => Typed = "";

    internal void AskWhether(string tag) => ToConfirm = tag;

    /// <returns>The tag that has been confirmed; null if none has.</returns>
    internal string? Press(ConsoleKeyInfo key)
    {
        if (Typed is { } typed)
        {
            Typed = key.Key switch
            {
                ConsoleKey.Escape or ConsoleKey.Enter => null,
                ConsoleKey.Backspace => typed[..^Math.Min(1, typed.Length)],
                _ => char.IsControl(key.KeyChar) ? typed : typed + key.KeyChar,
            };
            ToConfirm = key.Key is ConsoleKey.Enter && typed.Length > 0 ? typed : null;
            return null;
        }

        var tag = ToConfirm;
        ToConfirm = null;
        return key.KeyChar is 'y' or 'Y' ? tag : null;
    }
}
