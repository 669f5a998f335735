using NetArchTest.Rules;

namespace Rke.Architecture.Tests.Rules;

internal static class Findings
{
    /// <summary>The full names of the types that break the rule.</summary>
    public static IEnumerable<string> Names(this ConditionList rule) => rule.GetResult().FailingTypeNames ?? [];
}
