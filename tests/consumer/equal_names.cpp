// A program of a project that has headers of all the library's names, before the library's own.

#include <xgrad/autograd/dual.hpp>
#include <xgrad/autograd/gradcheck.hpp>
#include <xgrad/nn/module.hpp>
#include <xgrad/xgrad.hpp>

#include "nn/module.hpp"

int main() {
  static_assert(the_users_own);
  xgrad::nn::Linear layer(2, 1);
  return xgrad::relu(layer(xgrad::ones({3, 2}))).numel() == 3 ? 0 : 1;
}
