using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Rke.Architecture.Tests.Scanning;

/// <summary>
/// What a compiled assembly refers to and declares. The compiler writes a reference for everything
/// that is used outside the assembly, however the source spelled it.
/// </summary>
internal sealed class AssemblyFacts
{
    private AssemblyFacts(MetadataReader metadata)
    {
        ReferencedAssemblies = metadata.AssemblyReferences
            .Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))
            .ToImmutableSortedSet(StringComparer.Ordinal);
        ReferencedTypes = metadata.TypeReferences
            .Select(handle => TypeName(metadata, handle))
            .ToImmutableSortedSet(StringComparer.Ordinal);
        ReferencedMembers = metadata.MemberReferences
            .Select(handle => MemberName(metadata, metadata.GetMemberReference(handle)))
            .ToImmutableSortedSet(StringComparer.Ordinal);
        PublicTypes = metadata.TypeDefinitions
            .Where(handle => (metadata.GetTypeDefinition(handle).Attributes & TypeAttributes.VisibilityMask)
                             == TypeAttributes.Public)
            .Select(handle => TypeName(metadata, handle))
            .ToImmutableSortedSet(StringComparer.Ordinal);
        IsUnsafe = metadata.GetCustomAttributes(EntityHandle.ModuleDefinition)
            .Any(handle => AttributeName(metadata, handle) == "System.Security.UnverifiableCodeAttribute");
        LogMessages = metadata.MethodDefinitions
            .SelectMany(handle => LogMessage.On(metadata, metadata.GetMethodDefinition(handle)))
            .ToImmutableArray();
    }

    public ImmutableSortedSet<string> ReferencedAssemblies { get; }

    /// <summary>Full names: <c>System.Net.Sockets.Socket</c>, nested ones with '+'.</summary>
    public ImmutableSortedSet<string> ReferencedTypes { get; }

    /// <summary>Full names: <c>System.DateTime::get_UtcNow</c>.</summary>
    public ImmutableSortedSet<string> ReferencedMembers { get; }

    /// <summary>Full names of the types it offers, nested ones aside.</summary>
    public ImmutableSortedSet<string> PublicTypes { get; }

    /// <summary>Whether it was compiled with unsafe blocks allowed.</summary>
    public bool IsUnsafe { get; }

    public ImmutableArray<LogMessage> LogMessages { get; }

    public static AssemblyFacts Of(string path)
    {
        using var stream = File.OpenRead(path);
        return Of(stream);
    }

    public static AssemblyFacts Of(Stream image)
    {
        using var reader = new PEReader(image, PEStreamOptions.LeaveOpen | PEStreamOptions.PrefetchEntireImage);
        return new AssemblyFacts(reader.GetMetadataReader());
    }

    internal static string AttributeName(MetadataReader metadata, CustomAttributeHandle handle)
    {
        var constructor = metadata.GetCustomAttribute(handle).Constructor;
        return constructor.Kind switch
        {
            HandleKind.MemberReference =>
                ParentName(metadata, metadata.GetMemberReference((MemberReferenceHandle)constructor).Parent),
            HandleKind.MethodDefinition => TypeName(
                metadata, metadata.GetMethodDefinition((MethodDefinitionHandle)constructor).GetDeclaringType()),
            _ => "",
        };
    }

    internal static string TypeName(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        var name = metadata.GetString(type.Name);
        return type.GetDeclaringType() is { IsNil: false } outer
            ? $"{TypeName(metadata, outer)}+{name}"
            : Qualified(metadata.GetString(type.Namespace), name);
    }

    private static string TypeName(MetadataReader metadata, TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        var name = metadata.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{TypeName(metadata, (TypeReferenceHandle)type.ResolutionScope)}+{name}"
            : Qualified(metadata.GetString(type.Namespace), name);
    }

    private static string MemberName(MetadataReader metadata, MemberReference member) =>
        $"{ParentName(metadata, member.Parent)}::{metadata.GetString(member.Name)}";

    private static string ParentName(MetadataReader metadata, EntityHandle parent) => parent.Kind switch
    {
        HandleKind.TypeReference => TypeName(metadata, (TypeReferenceHandle)parent),
        HandleKind.TypeDefinition => TypeName(metadata, (TypeDefinitionHandle)parent),

        // A generic instance: its type also stands in ReferencedTypes.
        _ => "",
    };

    private static string Qualified(string space, string name) => space.Length == 0 ? name : $"{space}.{name}";
}
