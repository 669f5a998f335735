namespace Rke.Cli;

/// <summary>One wrong field, option, file or vector.</summary>
internal sealed record FieldFailure(string Field, string Description);
