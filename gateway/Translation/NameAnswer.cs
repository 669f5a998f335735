namespace Rke.Gateway.Translation;

/// <summary>What a key server says to a name lookup: a record's content, or that there is none.</summary>
internal readonly record struct NameAnswer<T>(T? Record)
    where T : class;
