#include "cli/encode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "log/base/utf8.h"

namespace evlog::cli {
namespace {

constexpr uint64_t kHighBits = 0x8080808080808080;

unsigned char Byte(char c) { return static_cast<unsigned char>(c); }

// What a terminal would act upon: C0, DEL, and the C1 controls of Unicode (c2 80 .. c2 9f).
bool IsControl(std::string_view sequence) {
  const unsigned char first = Byte(sequence[0]);
  if (sequence.size() == 1) return first < 0x20 || first == 0x7f;
  return first == 0xc2 && Byte(sequence[1]) < 0xa0;
}

bool NeedsQuotes(std::string_view bytes) {
  if (bytes.empty() || bytes == "-") return true;
  for (char c : bytes) {
    const unsigned char byte = Byte(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '"' || c == '\\' || c == '=') return true;
  }
  return false;
}

void AppendBase64(std::string_view bytes, std::string* out) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t v = Byte(bytes[i]) << 16 | Byte(bytes[i + 1]) << 8 | Byte(bytes[i + 2]);
    for (int shift = 18; shift >= 0; shift -= 6) out->push_back(kAlphabet[v >> shift & 63]);
  }
  const size_t left = bytes.size() - i;
  if (left == 0) return;
  const uint32_t v = Byte(bytes[i]) << 16 | (left == 2 ? Byte(bytes[i + 1]) << 8 : 0);
  out->push_back(kAlphabet[v >> 18 & 63]);
  out->push_back(kAlphabet[v >> 12 & 63]);
  out->push_back(left == 2 ? kAlphabet[v >> 6 & 63] : '=');
  out->push_back('=');
}

// The short escape of a control character in JSON and in text, or 0.
char ShortEscape(char c) {
  switch (c) {
    case '\n':
      return 'n';
    case '\t':
      return 't';
    case '\r':
      return 'r';
    default:
      return 0;
  }
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  while (!bytes.empty()) {
    uint64_t eight;
    if (bytes.size() >= sizeof eight) {
      std::memcpy(&eight, bytes.data(), sizeof eight);
      if ((eight & kHighBits) == 0) {
        bytes.remove_prefix(sizeof eight);
        continue;
      }
    }
    const size_t length = Utf8Length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

void AppendEscaped(std::string_view bytes, std::string* out) {
  while (!bytes.empty()) {
    const size_t length = Utf8Length(bytes);
    const std::string_view sequence = bytes.substr(0, std::max<size_t>(length, 1));
    bytes.remove_prefix(sequence.size());
    if (sequence == "\"" || sequence == "\\") {
      out->push_back('\\');
      out->append(sequence);
    } else if (length != 0 && !IsControl(sequence)) {
      out->append(sequence);
    } else if (const char escape = ShortEscape(sequence[0]); escape != 0) {
      out->push_back('\\');
      out->push_back(escape);
    } else {
      for (char c : sequence) fmt::format_to(std::back_inserter(*out), "\\x{:02x}", Byte(c));
    }
  }
}

void AppendWord(std::string_view bytes, std::string* out) {
  if (!NeedsQuotes(bytes)) {
    out->append(bytes);
    return;
  }
  out->push_back('"');
  AppendEscaped(bytes, out);
  out->push_back('"');
}

std::string Word(std::string_view bytes) {
  std::string word;
  AppendWord(bytes, &word);
  return word;
}

void AppendJsonString(std::string_view utf8, std::string* out) {
  out->push_back('"');
  size_t plain = 0;  // where the bytes not yet copied begin
  for (size_t i = 0; i < utf8.size(); ++i) {
    const char c = utf8[i];
    if (Byte(c) >= 0x20 && c != '"' && c != '\\') continue;
    out->append(utf8.substr(plain, i - plain));
    plain = i + 1;
    if (c == '"' || c == '\\') {
      out->push_back('\\');
      out->push_back(c);
    } else if (const char escape = ShortEscape(c); escape != 0) {
      out->push_back('\\');
      out->push_back(escape);
    } else {
      fmt::format_to(std::back_inserter(*out), "\\u{:04x}", Byte(c));
    }
  }
  out->append(utf8.substr(plain));
  out->push_back('"');
}

void AppendJsonBytes(std::string_view bytes, std::string* out) {
  if (IsUtf8(bytes)) return AppendJsonString(bytes, out);
  out->append("{\"base64\":\"");
  AppendBase64(bytes, out);
  out->append("\"}");
}

void AppendNumber(uint64_t number, std::string* out) {
  const fmt::format_int digits(number);
  out->append(digits.data(), digits.size());
}

void AppendId(EntryId id, std::string* out) {
  AppendNumber(id.ms, out);
  out->push_back('-');
  AppendNumber(id.seq, out);
}

void AppendJsonId(EntryId id, std::string* out) {
  if (id == EntryId::Min()) {
    out->append("null");
    return;
  }
  out->push_back('"');
  AppendId(id, out);
  out->push_back('"');
}

void AppendTime(EntryId id, std::string* out) {
  constexpr uint64_t kYear10000Ms = 253402300800000;
  if (id.ms >= kYear10000Ms) return AppendNumber(id.ms, out);
  AppendTime(absl::FromUnixMillis(static_cast<int64_t>(id.ms)), out);
}

void AppendTime(absl::Time time, std::string* out) {
  out->append(absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone()));
}

std::string TimeText(absl::Time time) {
  std::string text;
  AppendTime(time, &text);
  return text;
}

std::string Grouped(uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (size_t i = digits.size(); i > 3;) {
    i -= 3;
    digits.insert(i, 1, ',');
  }
  return digits;
}

std::string CountText(uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", Grouped(count), count == 1 ? one : many);
}

std::string HumanBytes(uint64_t bytes) {
  static constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  while (value >= 999.95 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string HumanRate(uint64_t count, absl::Duration span) {
  const double seconds = std::max(absl::ToDoubleSeconds(span), 1e-9);
  if (span <= absl::ZeroDuration()) return Grouped(count);
  const double rate = static_cast<double>(count) / seconds;
  if (rate >= 999'950) return fmt::format("{:.1f} M/s", rate / 1e6);
  if (rate >= 1000) return fmt::format("{:.1f} k/s", rate / 1e3);
  return fmt::format("{:.0f}/s", rate);
}

}  // namespace evlog::cli
