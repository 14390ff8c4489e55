// Replies as Redis' clients read them, in RESP2 or RESP3.
//
// Values that only RESP3 has are written as what RESP2's clients expect in their place: a map as an
// array of keys and values, a push and a set as an array, a double and a text as a bulk string, a
// boolean as 1 or 0.
#ifndef EVLOG_SERVER_WIRE_RESP_WRITER_H_
#define EVLOG_SERVER_WIRE_RESP_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "evlog/entry_id.h"

namespace evlog::server {

class RespWriter {
 public:
  // Writes behind what `out` has, which outlives it. `protocol` is 2 or 3.
  RespWriter(std::string* out, int protocol) : out_(out), resp3_(protocol == 3) {}

  int protocol() const { return resp3_ ? 3 : 2; }
  std::string* out() { return out_; }

  void Simple(std::string_view text) { Line('+', text); }
  void Ok() { out_->append("+OK\r\n", 5); }
  // With its prefix, as in "ERR syntax error". What would end the line is left out.
  void Error(std::string_view text);
  void Integer(int64_t value) { Number(':', value); }
  void Bulk(std::string_view bytes);
  void BulkNumber(int64_t value);
  void Id(EntryId id);  // as a bulk string
  void Null() { out_->append(resp3_ ? "_\r\n" : "$-1\r\n"); }
  void NullArray() { out_->append(resp3_ ? "_\r\n" : "*-1\r\n"); }
  void Array(size_t items) { Number('*', static_cast<int64_t>(items)); }
  void Map(size_t pairs) {
    Number(resp3_ ? '%' : '*', static_cast<int64_t>(resp3_ ? pairs : 2 * pairs));
  }
  void Set(size_t items) { Number(resp3_ ? '~' : '*', static_cast<int64_t>(items)); }
  void Push(size_t items) { Number(resp3_ ? '>' : '*', static_cast<int64_t>(items)); }
  void Double(double value);
  void Bool(bool value);
  void Verbatim(std::string_view text);
  void Bulks(std::initializer_list<std::string_view> items);

  // For what is counted while it is written: where it begins, and then how many there were.
  size_t Mark() const { return out_->size(); }
  void ArrayAt(size_t mark, size_t items) { HeaderAt('*', mark, items); }
  void MapAt(size_t mark, size_t pairs) {
    HeaderAt(resp3_ ? '%' : '*', mark, resp3_ ? pairs : 2 * pairs);
  }
  std::string_view Since(size_t mark) const { return std::string_view(*out_).substr(mark); }
  // Forgets what was written since.
  void Rewind(size_t mark) { out_->resize(mark); }

 private:
  void Line(char type, std::string_view text);
  void Number(char type, int64_t value);
  void HeaderAt(char type, size_t mark, size_t items);

  std::string* const out_;
  const bool resp3_;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_WIRE_RESP_WRITER_H_
