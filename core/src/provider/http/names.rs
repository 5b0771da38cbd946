//! Names to addresses. A provider connects only where its settings let it, whatever its name resolves to.

use futures_core::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

/// Who knows the addresses of names.
pub(crate) trait Names: Send + Sync + 'static {
    /// The addresses of a name.
    fn addresses(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The operating system does.
pub(crate) struct SystemNames;

impl Names for SystemNames {
    fn addresses(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let host = host.to_owned();
        Box::pin(async move {
            let asked = tokio::task::spawn_blocking(move || (host.as_str(), 0u16).to_socket_addrs());
            let found = asked.await.map_err(io::Error::other)??;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Which addresses a provider may connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::provider) enum Reach {
    /// The public internet only.
    Public,
    /// Private networks and this machine only: what plain `http` is for.
    Private,
    /// Both.
    Any,
}

impl Reach {
    pub(super) fn holds(self, address: IpAddr) -> bool {
        match self {
            Reach::Public => is_public(address),
            Reach::Private => !is_public(address),
            Reach::Any => true,
        }
    }
}

/// Resolves names to those addresses only that are within reach. What is connected to is what was judged here: a name
/// that changes its address between two look-ups gains nothing.
pub(super) struct Filtered {
    pub(super) names: Arc<dyn Names>,
    pub(super) reach: Reach,
}

impl Resolve for Filtered {
    fn resolve(&self, name: Name) -> Resolving {
        let (asked, reach) = (self.names.addresses(name.as_str()), self.reach);
        Box::pin(async move {
            let found = asked.await.map_err(|_| Unresolved::Unknown)?;
            let within: Vec<_> = found.into_iter().filter(|address| reach.holds(*address)).collect();
            if within.is_empty() {
                return Err(Unresolved::OutOfReach(reach).into());
            }
            let addresses: Addrs = Box::new(within.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(addresses)
        })
    }
}

/// Why a name has no address for us.
#[derive(Debug)]
enum Unresolved {
    Unknown,
    OutOfReach(Reach),
}

impl Unresolved {
    fn sentence(&self) -> &'static str {
        match self {
            Unresolved::Unknown => "the provider's name could not be resolved",
            Unresolved::OutOfReach(Reach::Private) => {
                "the provider's name leads to no private address, and `http` is for those only"
            }
            Unresolved::OutOfReach(_) => {
                "the provider's name leads to private addresses only, which `allow_private` would permit"
            }
        }
    }
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

impl StdError for Unresolved {}

/// What was wrong with the name, if it was the name.
pub(super) fn reason(error: &(dyn StdError + 'static)) -> Option<&'static str> {
    super::tls::find::<Unresolved>(error).map(Unresolved::sentence)
}

/// Whether an address is of the public internet (the special-purpose registries of IANA, RFC 6890).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        // Shared (RFC 6598), protocol assignments (RFC 6890), benchmarks (RFC 2544).
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let parts = ip.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        // Mapped, NAT64 and 6to4 addresses lead to an IPv4 address.
        [0, 0, 0, 0, 0, 0xffff, high, low] => embedded(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Protocol assignments with Teredo (2001::/23), and documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        // Everything else that is public is global unicast: unique local, link-local, multicast and ::1 are not.
        [first, ..] => (0x2000..0x4000).contains(&first) && !(0x3fff..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_are_not_public_in_any_disguise() {
        for public in [
            "8.8.8.8",
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for special in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "3fff::1",
        ] {
            assert!(!is_public(special.parse().unwrap()), "{special}");
        }
    }
}
