using System.Reflection;
using System.Reflection.Emit;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests.Samples;

/// <summary>Assemblies made in memory that break a rule.</summary>
internal static class SampleAssembly
{
    /// <summary>An assembly whose only method calls one of <paramref name="type"/>.</summary>
    public static AssemblyFacts Calling(Type type, string method)
    {
        var called = type.GetMethods().First(candidate => candidate.Name == method);
        return Make(module =>
        {
            var caller = module.DefineType("Sample.Caller");
            var code = caller.DefineMethod("Call", MethodAttributes.Public | MethodAttributes.Static).GetILGenerator();

            // Nobody runs it: what stands on the stack does not matter.
            code.Emit(OpCodes.Call, called);
            code.Emit(OpCodes.Ret);
            caller.CreateType();
        });
    }

    /// <summary>An assembly in which each given type has a method for each of its attributes.</summary>
    public static AssemblyFacts Declaring(params (string Type, CustomAttributeBuilder[] Attributes)[] types) =>
        Make(module =>
        {
            foreach (var (name, attributes) in types)
            {
                var type = module.DefineType(name);
                foreach (var (index, attribute) in attributes.Index())
                {
                    var method = type.DefineMethod($"Message{index}", MethodAttributes.Public | MethodAttributes.Static);
                    method.SetCustomAttribute(attribute);
                    method.GetILGenerator().Emit(OpCodes.Ret);
                }

                type.CreateType();
            }
        });

    private static AssemblyFacts Make(Action<ModuleBuilder> define)
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName("Sample"), typeof(object).Assembly);
        define(assembly.DefineDynamicModule("Sample"));
        using var image = new MemoryStream();
        assembly.Save(image);
        image.Position = 0;
        return AssemblyFacts.Of(image);
    }
}
