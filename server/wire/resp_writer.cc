#include "server/wire/resp_writer.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace evlog::server {

namespace {

// "\r\n" after a number, and its type before: no number is longer.
constexpr size_t kNumberMax = 24;

}  // namespace

void RespWriter::Line(char type, std::string_view text) {
  out_->push_back(type);
  out_->append(text);
  out_->append("\r\n", 2);
}

void RespWriter::Number(char type, int64_t value) {
  char buffer[kNumberMax];
  buffer[0] = type;
  char* end = std::to_chars(buffer + 1, buffer + kNumberMax, value).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out_->append(buffer, static_cast<size_t>(end - buffer));
}

void RespWriter::HeaderAt(char type, size_t mark, size_t items) {
  char buffer[kNumberMax];
  buffer[0] = type;
  char* end = std::to_chars(buffer + 1, buffer + kNumberMax, items).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out_->insert(mark, buffer, static_cast<size_t>(end - buffer));
}

void RespWriter::Error(std::string_view text) {
  out_->push_back('-');
  for (const char c : text) out_->push_back(c == '\r' || c == '\n' ? ' ' : c);
  out_->append("\r\n", 2);
}

void RespWriter::Bulk(std::string_view bytes) {
  Number('$', static_cast<int64_t>(bytes.size()));
  out_->append(bytes);
  out_->append("\r\n", 2);
}

void RespWriter::BulkNumber(int64_t value) {
  char buffer[kNumberMax];
  const char* const end = std::to_chars(buffer, buffer + kNumberMax, value).ptr;
  Bulk({buffer, static_cast<size_t>(end - buffer)});
}

void RespWriter::Id(EntryId id) {
  char buffer[2 * kNumberMax];
  char* end = std::to_chars(buffer, buffer + kNumberMax, id.ms).ptr;
  *end++ = '-';
  end = std::to_chars(end, buffer + sizeof buffer, id.seq).ptr;
  Bulk({buffer, static_cast<size_t>(end - buffer)});
}

void RespWriter::Double(double value) {
  std::string text = fmt::format("{}", value);
  if (std::isnan(value)) text = "nan";
  if (resp3_) {
    Line(',', text);
  } else {
    Bulk(text);
  }
}

void RespWriter::Bool(bool value) {
  if (resp3_) {
    Line('#', value ? "t" : "f");
  } else {
    Integer(value ? 1 : 0);
  }
}

void RespWriter::Verbatim(std::string_view text) {
  if (!resp3_) return Bulk(text);
  Number('=', static_cast<int64_t>(text.size() + 4));
  out_->append("txt:", 4);
  out_->append(text);
  out_->append("\r\n", 2);
}

void RespWriter::Bulks(std::initializer_list<std::string_view> items) {
  Array(items.size());
  for (const std::string_view item : items) Bulk(item);
}

}  // namespace evlog::server
