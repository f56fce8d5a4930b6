import Testing

@testable import HTTP

struct AddressGuardTests {
    @Test(
        "Addresses that are not of the public internet are refused",
        arguments: [
            // Unspecified, this network
            "0.0.0.0", "0.0.0.1", "0.255.255.255", "::",
            // Loopback
            "127.0.0.1", "127.0.0.53", "127.255.255.255", "::1",
            // Private
            "10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255",
            "fc00::1", "fd00::1", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            // Link-local, site-local
            "169.254.0.1", "169.254.255.255", "fe80::1", "febf::1", "fec0::1",
            // Carrier-grade NAT
            "100.64.0.0", "100.127.255.255",
            // Metadata of clouds
            "169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254",
            "fd20:ce::254",
            // Protocol assignments, documentation, benchmarks, relays
            "192.0.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "198.19.255.255", "192.88.99.1",
            "2001:db8::1", "3fff::1", "2001:2::1", "2001:10::1", "2001:20::1", "100::1", "5f00::1",
            // Multicast, reserved, broadcast
            "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "ff02::1", "ff0e::1",
            // An IPv4 address in IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo
            "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8", "::127.0.0.1",
            "::10.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::10.0.0.1",
            "2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            // Not given out
            "1::1", "4000::1", "fe00::1",
        ])
    func refused(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(!AddressGuard().permits(address))
    }

    @Test(
        "Public addresses may be reached, also those next to a special network",
        arguments: [
            "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "93.184.216.34", "100.63.255.255", "100.128.0.0",
            "126.255.255.255", "128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0",
            "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.167.255.255",
            "192.169.0.0", "198.17.255.255", "198.20.0.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
            "2000::1", "2001:200::1", "2001:db7:ffff::1", "2001:db9::1", "2003::1", "2606:4700:4700::1111",
            "2a00:1450:4001:82a::200e", "3ffe::1",
        ])
    func permitted(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(AddressGuard().permits(address))
    }

    @Test("A network that a setting allows may be reached, and nothing beside it")
    func allowed() throws {
        let networks = ["10.1.0.0/16", "fd00:1::/32", "192.168.7.7"].compactMap(IPNetwork.init)
        let addresses = AddressGuard(allowing: networks)
        let table = [
            ("10.1.2.3", true), ("10.2.0.0", false), ("fd00:1:2::3", true), ("fd00:2::", false), ("192.168.7.7", true),
            ("192.168.7.8", false), ("::ffff:10.1.2.3", false), ("8.8.8.8", true),
        ]
        for (text, isPermitted) in table {
            let address = try #require(IPAddress(text))
            #expect(addresses.permits(address) == isPermitted, "\(text)")
        }
    }
}

struct IPAddressTests {
    @Test(
        "An address is read and written in the usual notation",
        arguments: [
            ("1.2.3.4", IPAddress.v4(0x0102_0304)), ("255.255.255.255", .v4(0xffff_ffff)),
            ("::", .v6(high: 0, low: 0)), ("::1", .v6(high: 0, low: 1)),
            ("2001:db8::a:0:0:b", .v6(high: 0x2001_0db8_0000_0000, low: 0x000a_0000_0000_000b)),
            ("::ffff:1.2.3.4", .v6(high: 0, low: 0xffff_0102_0304)),
        ])
    func notation(text: String, address: IPAddress) {
        #expect(IPAddress(text) == address)
        #expect(address.description == text)
    }

    @Test(
        "Other spellings are no addresses here",
        arguments: [
            "", " 1.2.3.4", "1.2.3.4 ", "1.2.3", "127.1", "2130706433", "0x7f.1", "0x7f000001", "017700000001",
            "1.2.3.256", "1.2.3.4.5", "[::1]", "fe80::1%eth0", "::1::", "1:2:3:4:5:6:7:8:9", "localhost",
            "::ffff:127.1",
        ])
    func otherSpellings(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        "A network contains what shares its prefix",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.9.9.9/8", "10.0.0.1", true),
            ("0.0.0.0/0", "1.2.3.4", true), ("0.0.0.0/0", "::", false), ("::/0", "::1", true),
            ("::/0", "1.2.3.4", false),
            ("1.2.3.4", "1.2.3.4", true), ("1.2.3.4/32", "1.2.3.5", false), ("1.2.3.4/31", "1.2.3.5", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
            ("2001:db8::/64", "2001:db8::1", true), ("2001:db8::/64", "2001:db8:0:1::", false),
            ("2001:db8::/127", "2001:db8::1", true), ("2001:db8::/127", "2001:db8::2", false),
            ("::1", "::1", true), ("::1/128", "::2", false),
        ])
    func containment(network: String, address: String, isInside: Bool) throws {
        let network = try #require(IPNetwork(network))
        #expect(network.contains(try #require(IPAddress(address))) == isInside)
    }

    @Test(
        "What is not a network is refused",
        arguments: [
            "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "::/129", "a/8", "10/8",
        ])
    func notNetworks(text: String) {
        #expect(IPNetwork(text) == nil)
    }
}
