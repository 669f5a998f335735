namespace Rke.Wire;

/// <summary>What a request asks for. The group and number on the wire depend on the profile: see <see cref="CommandCode"/>.</summary>
public enum WireCommand
{
    Echo,
    PostKey,
    GetKey,
    Signal,
    NameLookup,
}
