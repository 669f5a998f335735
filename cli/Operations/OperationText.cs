namespace Rke.Cli;

/// <summary>Names of enumerations in output.</summary>
internal static class OperationText
{
    /// <summary>"WrongRaidaId" as "wrong raida id".</summary>
    public static string NameOf<TName>(TName name)
        where TName : struct, Enum =>
        string.Concat(name.ToString().Select((letter, index) =>
            char.IsAsciiLetterUpper(letter) && index > 0 ? $" {char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));
}
