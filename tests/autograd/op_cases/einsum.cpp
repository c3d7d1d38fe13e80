#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {
namespace {

std::vector<Sample> einsums(const std::string& equation,
                            const std::vector<std::vector<Input>>& inputs) {
  std::string letters;
  for (std::size_t k = 0; k < inputs[0].size(); ++k) letters += std::string(", ") + "abcd"[k];
  return each(
      "torch.einsum('" + equation + "'" + letters + ")",
      [equation](X x) { return einsum(equation, x); }, inputs);
}

}  // namespace

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> einsum_cases() {
  const Input cube = reals({2, 3, 4}), square = reals({3, 3});
  const auto dot_of = [](int axes) { return [axes](X x) { return tensordot(x[0], x[1], axes); }; };
  return {
      op("einsum",
         // one operand: permutations, sums, diagonals
         einsums("ij->ji", {{reals({2, 3})}, {reals({0, 3})}, {integers({2, 3}, -9, 9)}, {as(uint8, integers({2, 3}, 0, 9))}}) +
             einsums("ij->", {{reals({5, 7})}, {reals({0, 3})}, {integers({2, 3}, -9, 9)}}) +
             einsums("ijk->ik", {{cube}}) + einsums("ijk->kj", {{cube}}) + einsums("ba", {{reals({2, 3})}}) +
             einsums("ii", {{square}, {reals({1, 1})}}) + einsums("ii->i", {{square}, {reals({0, 0})}}) +
             einsums("iji->ij", {{reals({3, 2, 3})}}) + einsums("iiji->ji", {{reals({2, 2, 3, 2})}}) +
             einsums("iijj->ij", {{reals({2, 2, 3, 3})}}) + einsums("", {{reals({})}}) + einsums("->", {{reals({})}}) +
             einsums("...ij->...ji", {{reals({2, 3})}, {cube}, {reals({2, 1, 2, 3})}}) +
             einsums("i...->...", {{cube}}) + einsums("...->", {{cube}}) + einsums("i...", {{cube}}) + einsums("...ii->...i", {{reals({2, 3, 3})}}) +
             // two: products of vectors and matrices
             einsums("i,i", {{reals({3}), reals({3})}, {reals({17}), reals({17})}, {reals({0}), reals({0})}, {reals({1}), reals({3})}}) +
             einsums("i,i->i", {{reals({3}), reals({3})}}) + einsums("i,j->ij", {{reals({3}), reals({2})}, {reals({0}), reals({2})}}) +
             einsums("i,j->ji", {{reals({3}), reals({2})}}) + einsums("i,j", {{reals({3}), reals({2})}}) + einsums(",ij->ij", {{reals({}), reals({2, 3})}}) +
             einsums("ij,j->i", {{reals({2, 3}), reals({3})}}) + einsums("i,ij->j", {{reals({2}), reals({2, 3})}}) +
             einsums(" i j , j k -> i k ", {{reals({2, 3}), reals({3, 4})}, {reals({9, 17}), reals({17, 15})}, {as(float32, reals({2, 3})), as(float32, reals({3, 4}))}}) +
             einsums("ij,kj->ik", {{reals({2, 3}), reals({4, 3})}}) + einsums("ji,jk->ik", {{reals({3, 2}), reals({3, 4})}}) +
             einsums("ji,kj->ik", {{reals({3, 2}), reals({4, 3})}}) + einsums("ij,jk->ki", {{reals({2, 3}), reals({3, 4})}}) +
             einsums("ij,jk", {{reals({2, 3}), reals({3, 4})}, {reals({2, 0}), reals({0, 3})}, {reals({2, 1}), reals({3, 4})}, {reals({2, 3}), reals({1, 4})}, {reals({1, 3}), reals({3, 1})}}) +
             einsums("ij,jk->ik", {{integers({2, 3}, -9, 9), integers({3, 4}, -9, 9)}}) +
             einsums("ij,ij->", {{reals({2, 3}), reals({2, 3})}}) + einsums("ij,ji->", {{reals({2, 3}), reals({3, 2})}}) +
             einsums("ij,ij->i", {{reals({2, 3}), reals({2, 3})}}) + einsums("ij,i->ij", {{reals({2, 3}), reals({2})}}) +
             einsums("ij,kl->", {{reals({2, 3}), reals({2, 2})}}) + einsums("ij,jk->j", {{reals({2, 3}), reals({3, 2})}}) +
             einsums("ii,ij->j", {{square, reals({3, 2})}}) +
             // batches
             einsums("bij,bjk->bik", {{reals({2, 2, 3}), reals({2, 3, 2})}, {reals({0, 2, 3}), reals({0, 3, 2})}, {reals({1, 2, 3}), reals({2, 3, 2})}}) +
             einsums("bhqd,bhkd->bhqk", {{reals({2, 2, 3, 2}), reals({2, 2, 2, 2})}}) + einsums("bhqk,bhkd->bqhd", {{reals({2, 2, 2, 3}), reals({2, 2, 3, 2})}}) +
             einsums("bqhd,bkhd->bhqk", {{reals({2, 3, 2, 2}), reals({2, 2, 2, 2})}}) + einsums("bij,jk->bik", {{reals({2, 2, 3}), reals({3, 2})}}) +
             einsums("abc,cb->a", {{cube, reals({4, 3})}}) + einsums("abc,dcb->da", {{cube, reals({2, 4, 3})}}) + einsums("abc,bad->cd", {{cube, reals({3, 2, 2})}}) +
             einsums("abc,bad->dbac", {{cube, reals({3, 2, 2})}}) + einsums("bij,bij->bij", {{cube, cube}}) +
             einsums("...ij,...jk->...ik", {{reals({2, 3}), reals({3, 2})}, {reals({2, 2, 3}), reals({3, 2})}, {reals({2, 1, 2, 3}), reals({3, 3, 2})}}) +
             einsums("...i,...i", {{cube, reals({4})}}) + einsums("i...,i...", {{cube, reals({2, 4})}}) +
             einsums("a...,...b->...ab", {{reals({2, 3}), reals({3, 2})}}) + einsums("...,...", {{cube, reals({})}, {reals({3, 1}), reals({2})}}) +
             // several
             einsums("ij,jk,kl->il", {{reals({2, 3}), reals({3, 4}), reals({4, 2})}}) + einsums("ij,jk,kl", {{reals({4, 2}), reals({2, 3}), reals({3, 1})}}) +
             einsums("i,i,i->i", {{reals({3}), reals({3}), reals({3})}}) + einsums("i,ij,j", {{reals({2}), reals({2, 3}), reals({3})}}) +
             einsums("ib,jb,kb->ijk", {{reals({2, 3}), reals({2, 3}), reals({2, 3})}}) + einsums("bn,anm,bm->ba", {{reals({2, 3}), reals({3, 3, 2}), reals({2, 2})}}) +
             einsums("ij,j,jk,k->i", {{reals({2, 3}), reals({3}), reals({3, 2}), reals({2})}}) + einsums("ab,bc,cd,da", {{reals({2, 2}), reals({2, 3}), reals({3, 2}), reals({2, 2})}}) +
             // a letter more than once over the operands, each of another case
             einsums("aA,Ab->bA", {{reals({2, 3}), reals({3, 2})}}) + each("torch.einsum('ij,jk', a, a)", [](X x) { return einsum("ij,jk", {x[0], x[0]}); }, {{square}}) +
             kinks("torch.einsum('ij,j->i', a, b)", [](X x) { return einsum("ij,j->i", x); }, {{exactly({2, 2}, {1, nan, inf, 2}), exactly({2}, {1, 2})}}),
         {BAD(ValueError, einsum("ij,jk", {}), "no tensors"),
          BAD(ValueError, einsum("ij,jk", {zeros({2, 2})}), "1 operand given", "names 2", "\n  ij,jk\n     ^"),
          BAD(ValueError, einsum("ij", {zeros({2, 2}), zeros({2})}), "2 operands given", "names 1", "\n  ij\n  ^"),
          BAD(ValueError, einsum("i1", {zeros({2, 2})}), "'1'", "\n  i1\n   ^"),
          BAD(ValueError, einsum("i\u00e9", {zeros({2, 2})}), "found '\u00e9'", "\n  i\u00e9\n   ^"),
          BAD(ValueError, einsum("i..j", {zeros({2, 2})}), "'.'", "\n  i..j\n   ^"),
          BAD(ValueError, einsum("i-j", {zeros({2, 2})}), "'-'", "\n   ^"),
          BAD(ValueError, einsum("ij->i->j", {zeros({2, 2})}), "'-'", "\n  ij->i->j\n       ^"),
          BAD(ValueError, einsum("ij->i,j", {zeros({2, 2})}), "','", "\n       ^"),
          BAD(ValueError, einsum("...i...", {zeros({2, 2})}), "second ellipsis", "\n  ...i...\n      ^"),
          BAD(ValueError, einsum("ij->ii", {zeros({2, 2})}), "'i' twice", "\n  ij->ii\n       ^"),
          BAD(ValueError, einsum("ij->iK", {zeros({2, 2})}), "no operand has 'K'", "\n  ij->iK\n       ^"),
          BAD(ShapeError, einsum("ij,jkl->ik", {zeros({2, 3}), zeros({3, 4})}), "operand 1 of shape (3, 4) has 2 axes", "names 3", "\n  ij,jkl->ik\n     ^"),
          BAD(ShapeError, einsum("i", {zeros({2, 3})}), "(2, 3) has 2 axes", "names 1"),
          BAD(ShapeError, einsum("ijk...", {zeros({2, 3})}), "names 3 and more"),
          BAD(ShapeError, einsum("ij,jk->ik", {zeros({2, 3}), zeros({4, 5})}),
              "'j' has extent 3 in operand 0 of shape (2, 3) but 4 in operand 1 of shape (4, 5)", "\n  ij,jk->ik\n     ^"),
          BAD(ShapeError, einsum("ii", {zeros({2, 3})}), "'i' has extents 2 and 3 in operand 0 of shape (2, 3)", "\n  ii\n   ^"),
          BAD(ShapeError, einsum("ii", {zeros({1, 3})}), "extents 1 and 3"),
          BAD(ShapeError, einsum("...i,...i", {zeros({2, 3}), zeros({4, 3})}), "an axis of '...' has extent 2", "\n  ...i,...i\n       ^"),
          BAD(ShapeError, einsum("abcde,fghij", {ones({1, 1, 1, 1, 1}), ones({1, 1, 1, 1, 1})}), "10"),
          BAD(DTypeError, einsum("i,i", {zeros({2}), zeros({2}, f64)}), "float32", "float64", "convert"),
          BAD(ValueError, einsum("i,i", {zeros({2}), undefined}), "undefined tensor")}),
      op("tensordot",
         each("torch.tensordot(a, b, 2)", [](X x) { return tensordot(x[0], x[1]); },
              {{reals({2, 3}), reals({2, 3})}, {cube, reals({3, 4, 2})}, {reals({2, 17}), reals({2, 17})}, {reals({0, 3}), reals({0, 3, 2})}, {integers({2, 3}, -9, 9), integers({2, 3}, -9, 9)}}) +
             each("torch.tensordot(a, b, 1)", dot_of(1), {{reals({2, 3}), reals({3, 4})}, {reals({3}), reals({3})}, {cube, reals({4, 2})}, {as(float32, reals({3})), as(float32, reals({3, 2}))}}) +
             each("torch.tensordot(a, b, 0)", dot_of(0), {{reals({2}), reals({3})}, {reals({}), reals({2, 3})}, {reals({}), reals({})}, {reals({2, 1}), reals({2})}, {integers({2}, -9, 9), integers({3}, -9, 9)}}) +
             each("torch.tensordot(a, b, ([0, 2], [1, 0]))", [](X x) { return tensordot(x[0], x[1], {{0, 2}, {1, 0}}); }, {{cube, reals({4, 2, 3})}}) +
             each("torch.tensordot(a, b, ([-1], [1]))", [](X x) { return tensordot(x[0], x[1], {{-1}, {1}}); }, {{cube, reals({2, 4})}, {reals({2, 3}), reals({2, 3})}}) +
             each("torch.tensordot(a, b, ([1], [0]))", [](X x) { return tensordot(x[0], x[1], {1, 0}); }, {{reals({2, 1}), reals({1, 3})}, {reals({2, 0}), reals({0, 2})}}) +
             each("torch.tensordot(a, a, 2)", [](X x) { return tensordot(x[0], x[0]); }, {{square}}),
         {BAD(ShapeError, tensordot(zeros({2, 3}), zeros({2, 4})), "axis 1 of a (2, 3) has extent 3", "axis 1 of b (2, 4) has 4"),
          BAD(ShapeError, tensordot(zeros({2, 3}), zeros({3})), "2 axes", "(2, 3)", "(3,)", "0 to 1"),
          BAD(ShapeError, tensordot(zeros({2, 3}), zeros({3}), -1), "-1 axes", "0 to 1"),
          BAD(ShapeError, tensordot(zeros({2, 3}), zeros({3}), {{2}, {0}}), "axis 2"),
          BAD(ShapeError, tensordot(zeros({2, 2}), zeros({2, 2}), {{0, 0}, {0, 1}}), "twice"),
          BAD(ShapeError, tensordot(zeros({}), zeros({2}), {{0}, {0}}), "0"),
          BAD(ShapeError, tensordot(ones({1, 1, 1, 1, 1}), ones({1, 1, 1, 1, 1}), 0), "10"),
          BAD(ValueError, tensordot(zeros({2, 2}), zeros({2, 2}), {{0, 1}, {0}}), "{0, 1}", "{0}", "one length"),
          BAD(DTypeError, tensordot(zeros({2}), zeros({2}, f64), 1), "float32", "float64"),
          BAD(ValueError, tensordot(undefined, zeros({2})), "undefined tensor"),
          BAD(ValueError, tensordot(zeros({2}), undefined, {{0}, {0}}), "undefined tensor")}),
  };
}
// clang-format on

}  // namespace xgrad::test
