namespace Rke.Deployment.Tests.Chart;

/// <summary>One thing that can be turned in the values, with its positions as JSON; the first is the default.</summary>
internal sealed record Switch(string Name, params string[] Positions);
