#include "bench/reply_reader.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace evlog::bench {
namespace {

// Of the text of an id: "0-0" to two numbers of 64 bits.
constexpr int64_t kIdBytesMin = 3;
constexpr int64_t kIdBytesMax = 41;

// Up to the end of the line; lines of replies hold nothing else.
int64_t Number(const char* text) { return std::strtoll(text, nullptr, 10); }

}  // namespace

void ReplyReader::EndValue() {
  ++values_;
  if (--left_ == 0) ++replies_;
}

size_t ReplyReader::TakeBulk(std::string_view bytes, size_t header, int64_t size) {
  if (size < 0) {
    EndValue();
    return header;
  }
  const size_t rest = static_cast<size_t>(size) + 2;
  if (!keeps_ids_ || size < kIdBytesMin || size > kIdBytesMax) {
    skip_ = rest;
    return header;
  }
  if (bytes.size() < header + rest) return 0;
  const std::string_view text = bytes.substr(header, static_cast<size_t>(size));
  if (text.find('-') != std::string_view::npos) ids_.Add(text);
  EndValue();
  return header + rest;
}

size_t ReplyReader::Take(std::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    if (skip_ > 0) {
      const size_t skipped = std::min(skip_, bytes.size() - at);
      skip_ -= skipped;
      at += skipped;
      if (skip_ == 0) EndValue();
      continue;
    }
    const char* const begin = bytes.data() + at;
    const void* const end = std::memchr(begin, '\n', bytes.size() - at);
    if (end == nullptr) return at;
    const size_t line = static_cast<size_t>(static_cast<const char*>(end) - begin) + 1;
    const bool whole = left_ == 0;  // a reply begins
    if (whole) left_ = 1;
    size_t taken = line;
    switch (*begin) {
      case '$':
      case '=':
        taken = TakeBulk(bytes.substr(at), line, Number(begin + 1));
        if (taken == 0) {
          if (whole) left_ = 0;
          return at;
        }
        break;
      case '*':
      case '~':
      case '>':
      case '%': {
        const int64_t items = Number(begin + 1) * (*begin == '%' ? 2 : 1);
        if (items > 0) left_ += static_cast<uint64_t>(items);
        EndValue();
        break;
      }
      default:
        if (*begin == '-' && error_.empty()) error_.assign(begin, line - 2);
        if (whole) last_line_.assign(begin, line - 2);
        EndValue();
    }
    at += taken;
  }
  return at;
}

}  // namespace evlog::bench
