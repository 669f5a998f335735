namespace Microsoft.AspNetCore.Builder;

/// <summary>Sets up all endpoints of a service.</summary>
public sealed class GrpcServiceEndpointConventionBuilder : IEndpointConventionBuilder
{
    private readonly IEndpointConventionBuilder[] _endpoints;

    internal GrpcServiceEndpointConventionBuilder(IEnumerable<IEndpointConventionBuilder> endpoints) =>
        _endpoints = [.. endpoints];

    public void Add(Action<EndpointBuilder> convention)
    {
        foreach (var endpoint in _endpoints)
        {
            endpoint.Add(convention);
        }
    }

    public void Finally(Action<EndpointBuilder> finallyConvention)
    {
        foreach (var endpoint in _endpoints)
        {
            endpoint.Finally(finallyConvention);
        }
    }
}
