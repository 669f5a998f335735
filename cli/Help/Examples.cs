namespace Rke.Cli;

/// <summary>The examples in the help of each command.</summary>
internal static class Examples
{
    private static readonly Dictionary<string, string[]> OfCommands = new(StringComparer.Ordinal)
    {
        ["rkectl"] =
        [
            "rkectl doctor",
            "rkectl session initiate receiver.example --save-key key.hex",
            "rkectl help session accept",
        ],
        ["rkectl post"] =
        [
            "rkectl post --raida 14 --random 16 --save-part part.hex",
            "rkectl post --raida 14 --part-file part.hex --coin 1/1000",
        ],
        ["rkectl get"] =
        [
            "rkectl get --raida 14 --key-id 358b8a37aa1c7a71690babcd2e70f5f5 --out part.hex",
            "rkectl get --raida 14 --hash c30434e4623862f819548d839c07cd1e --format base64",
        ],
        ["rkectl signal"] =
        [
            "rkectl signal --domain receiver.example --part c7f830dad62a39926b4a53ad58b8565e@192.0.2.14:50014",
        ],
        ["rkectl lookup"] = ["rkectl lookup receiver.example"],
        ["rkectl check"] = ["rkectl check --raida 14", "rkectl check --all --json"],
        ["rkectl doctor"] = ["rkectl doctor", "rkectl doctor receiver.example", "rkectl doctor --context production --json"],
        ["rkectl status"] = ["rkectl status", "rkectl status --gateway https://gateway.example:5001 --cacert ca.pem"],
        ["rkectl servers"] = ["rkectl servers", "rkectl servers --network 6"],
        ["rkectl coins"] = ["rkectl coins --refused", "rkectl coins --network 6 --limit 200"],
        ["rkectl session"] =
        [
            "rkectl session initiate receiver.example --save-key key.hex",
            "rkectl session accept --peer shop --exec 'my-program --key-fd 3'",
        ],
        ["rkectl session initiate"] =
        [
            "rkectl session initiate receiver.example --save-key key.hex",
            "rkectl session initiate 192.0.2.1:75 --label tls --format psk --save-key psk.txt",
        ],
        ["rkectl session accept"] =
        [
            "rkectl session accept --peer shop --exec 'my-program --id $RKE_SESSION_ID --key-fd 3'",
            "rkectl session accept --save-to keys --format base64 --count 1",
        ],
        ["rkectl session list"] = ["rkectl session list --state waiting", "rkectl session list --peer shop --from 2026-11-29T08:30:00Z --json"],
        ["rkectl session watch"] = ["rkectl session watch", "rkectl session watch --peer shop --count 1 --json"],
        ["rkectl session claim"] =
        [
            "rkectl session claim 2fd6abf85186032c8fc7f2b51acde142 --save-key key.hex",
            "rkectl session claim 2fd6abf85186032c8fc7f2b51acde142 --show-key --idempotency-key 5e0c1a",
        ],
        ["rkectl session acknowledge"] = ["rkectl session acknowledge 2fd6abf85186032c8fc7f2b51acde142 --idempotency-key 5e0c1a"],
        ["rkectl session show"] = ["rkectl session show 2fd6abf85186032c8fc7f2b51acde142"],
        ["rkectl session close"] = ["rkectl session close 2fd6abf85186032c8fc7f2b51acde142"],
        ["rkectl agent"] = ["rkectl agent run --file agent.json", "rkectl agent status --file agent.json"],
        ["rkectl agent run"] = ["rkectl agent run --file agent.json --gateway http://127.0.0.1:5001"],
        ["rkectl agent status"] = ["rkectl agent status --file agent.json", "rkectl agent status --file agent.json --json"],
        ["rkectl account"] = ["rkectl account open --free"],
        ["rkectl account open"] = ["rkectl account open --free", "rkectl account open --pay-with 1/1000"],
        ["rkectl dns"] = ["rkectl dns make receiver.example --network 6", "rkectl dns check receiver.example"],
        ["rkectl dns make"] =
        [
            "rkectl dns make receiver.example --network 6 --service gateway.receiver.example:75",
            "rkectl dns make receiver.example --server 3=192.0.2.3:50003 --server 9=192.0.2.9:50009",
        ],
        ["rkectl dns check"] = ["rkectl dns check receiver.example", "rkectl dns check receiver.example --resolver 192.0.2.53:53"],
        ["rkectl keys"] = ["rkectl keys make coins.bin --coins 100", "rkectl keys show coins.bin"],
        ["rkectl keys make"] = ["rkectl keys make coins.bin --network 6 --coins 100 --first-serial 1000"],
        ["rkectl keys show"] = ["rkectl keys show coins.bin more.bin"],
        ["rkectl keys list"] = ["rkectl keys list"],
        ["rkectl keys add"] = ["rkectl keys add shop --receiver shop.example"],
        ["rkectl keys rotate"] = ["rkectl keys rotate shop --receiver shop.example"],
        ["rkectl keys import"] = ["rkectl keys import coins.bin", "rkectl keys import key.hex --peer shop"],
        ["rkectl keys export"] = ["rkectl keys export shop --out shop.key --as base64"],
        ["rkectl keys expire"] = ["rkectl keys expire shop"],
        ["rkectl frame"] = ["rkectl frame decode --file frame.hex"],
        ["rkectl frame encode"] = ["rkectl frame encode vectors.json"],
        ["rkectl frame decode"] = ["rkectl frame decode --file frame.hex --an-file an.hex"],
        ["rkectl config"] =
        [
            "rkectl config set production --gateway https://gateway.example:5001 --cacert ca.pem",
            "rkectl config use production",
        ],
        ["rkectl config list"] = ["rkectl config list"],
        ["rkectl config use"] = ["rkectl config use production"],
        ["rkectl config set"] = ["rkectl config set production --gateway https://gateway.example:5001 --cert client.pem --key client.key"],
        ["rkectl config delete"] = ["rkectl config delete production"],
        ["rkectl completion"] = ["eval \"$(rkectl completion bash)\""],
        ["rkectl help"] = ["rkectl help session accept"],
    };

    /// <summary>The examples of a command, such as <c>rkectl session claim</c>.</summary>
    public static IReadOnlyList<string> Of(string path) => OfCommands.GetValueOrDefault(path, []);
}
