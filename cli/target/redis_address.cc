#include "cli/target/redis_address.h"

#include <charconv>

#include "evlog/limits.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr std::string_view kScheme = "redis://";

absl::Status Malformed(const char* why) {
  return InvalidArgument("{}; an address is redis://[USER:PASSWORD@]HOST[:PORT][/DB]", why);
}

// False: a `%` without two hexadecimal digits behind it.
bool Decode(std::string_view text, std::string* out) {
  out->clear();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out->push_back(text[i]);
      continue;
    }
    uint8_t byte = 0;
    if (text.size() - i < 3) return false;
    const char* const digits = text.data() + i + 1;
    const auto [end, error] = std::from_chars(digits, digits + 2, byte, 16);
    if (error != std::errc() || end != digits + 2) return false;
    out->push_back(static_cast<char>(byte));
    i += 2;
  }
  return true;
}

bool ParsePort(std::string_view text, uint16_t* port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *port);
  return error == std::errc() && end == text.data() + text.size() && *port != 0;
}

}  // namespace

std::string RedisAddress::Described() const {
  const bool six = host.find(':') != std::string::npos;
  return (six ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool IsRedisAddress(std::string_view text) { return text.starts_with(kScheme); }

absl::StatusOr<RedisAddress> ParseRedisAddress(std::string_view text) {
  if (!IsRedisAddress(text)) return Malformed("that is no address of a server");
  text.remove_prefix(kScheme.size());
  RedisAddress address;
  const size_t slash = text.find('/');
  if (slash != std::string_view::npos && !Decode(text.substr(slash + 1), &address.rest)) {
    return Malformed("a % in an address needs two hexadecimal digits");
  }
  text = text.substr(0, slash);
  const size_t at = text.rfind('@');
  if (at != std::string_view::npos) {
    const std::string_view login = text.substr(0, at);
    const size_t colon = login.find(':');
    if (colon == std::string_view::npos) return Malformed("before @ stands USER:PASSWORD");
    if (!Decode(login.substr(0, colon), &address.user) ||
        !Decode(login.substr(colon + 1), &address.password)) {
      return Malformed("a % in an address needs two hexadecimal digits");
    }
    text.remove_prefix(at + 1);
  }
  size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return Malformed("a [ without its ]");
    address.host = std::string(text.substr(1, end - 1));
    if (end + 1 != text.size() && text[end + 1] != ':') return Malformed("after ] stands :PORT");
    colon = end + 1 == text.size() ? std::string_view::npos : end + 1;
  } else {
    address.host = std::string(text.substr(0, colon));
  }
  if (address.host.empty()) return Malformed("it names no host");
  if (colon != std::string_view::npos && !ParsePort(text.substr(colon + 1), &address.port)) {
    return Malformed("a port is a number from 1 to 65535");
  }
  return address;
}

absl::StatusOr<int> DatabaseOf(const RedisAddress& address, std::optional<int> flag) {
  const std::string& text = address.rest;
  if (text.empty()) return flag.value_or(0);
  int database = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), database);
  if (error != std::errc() || end != text.data() + text.size() || database < 0 ||
      database >= kDatabases) {
    return InvalidArgument("--at: /{} is no database; they are 0 to 15", Quoted(text));
  }
  if (flag.has_value() && *flag != database) {
    return InvalidArgument("--db {} and --at name two databases", *flag);
  }
  return database;
}

}  // namespace evlog::cli
