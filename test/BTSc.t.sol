// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {BTSc} from "../contracts/BTSc.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {BaseTest} from "./BaseTest.sol";

contract BTScTest is BaseTest {
    function test_Constructor_WhenHolderIsNamed() public {
        vm.expectEmit();
        emit IERC20.Transfer(address(0), treasury, SUPPLY);
        vm.prank(stranger);
        BTSc fresh = new BTSc(treasury);

        assertEq(fresh.totalSupply(), SUPPLY, "supply");
        assertEq(fresh.balanceOf(treasury), SUPPLY, "holder's balance");
        assertEq(fresh.balanceOf(stranger), 0, "deployer's balance");
        assertEq(fresh.name(), "BTSChain", "name");
        assertEq(fresh.symbol(), "BTSc", "symbol");
        assertEq(fresh.decimals(), 18, "decimals");
    }

    function test_Constructor_RevertWhen_HolderIsZero() public {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        new BTSc(address(0));
    }

    function test_GetOwner() public view {
        assertEq(btsc.getOwner(), address(0), "owner");
    }

    function test_Powers_KnowsNoCallThatWouldChangeSupplyOrBalances() public {
        bytes[10] memory calls = [
            abi.encodeWithSignature("mint(address,uint256)", treasury, 1),
            abi.encodeWithSignature("mint(uint256)", 1),
            abi.encodeWithSignature("burn(uint256)", 1),
            abi.encodeWithSignature("burnFrom(address,uint256)", alice.addr, 1),
            abi.encodeWithSignature("pause()"),
            abi.encodeWithSignature("transferOwnership(address)", treasury),
            abi.encodeWithSignature("renounceOwnership()"),
            abi.encodeWithSignature("setTax(uint256)", 1),
            abi.encodeWithSignature("blacklist(address)", alice.addr),
            abi.encodeWithSignature("initialize(address)", treasury)
        ];
        for (uint256 i; i < calls.length; ++i) {
            vm.prank(treasury);
            (bool success,) = address(btsc).call(calls[i]);
            assertFalse(success, "call of a power that is not there");
        }
        assertEq(btsc.totalSupply(), SUPPLY, "supply");
    }

    function test_Transfer_RevertWhen_BalanceIsTooLow() public {
        uint256 balance = btsc.balanceOf(alice.addr);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice.addr, balance, balance + 1)
        );
        vm.prank(alice.addr);
        btsc.transfer(bob.addr, balance + 1);
    }

    function test_Transfer_RevertWhen_RecipientIsZero() public {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        vm.prank(alice.addr);
        btsc.transfer(address(0), 1);
    }

    function testFuzz_Transfer_WhenBalanceSuffices(uint256 amount) public {
        uint256 alices = btsc.balanceOf(alice.addr);
        uint256 bobs = btsc.balanceOf(bob.addr);
        amount = bound(amount, 0, alices);

        vm.expectEmit(address(btsc));
        emit IERC20.Transfer(alice.addr, bob.addr, amount);
        vm.prank(alice.addr);
        bool success = btsc.transfer(bob.addr, amount);

        assertTrue(success, "returned");
        assertEq(btsc.balanceOf(alice.addr), alices - amount, "sender's balance");
        assertEq(btsc.balanceOf(bob.addr), bobs + amount, "recipient's balance");
        assertEq(btsc.totalSupply(), SUPPLY, "supply");
    }

    function test_Permit_WhenDeadlineIsThisSecond() public {
        IMembership.Permit memory permit = signPermit(alice, bob.addr, 5e18, block.timestamp);
        _permit(alice.addr, bob.addr, permit);

        assertEq(btsc.allowance(alice.addr, bob.addr), 5e18, "allowance");
        assertEq(btsc.nonces(alice.addr), 1, "nonce");
    }

    function test_Permit_RevertWhen_DeadlineWasASecondAgo() public {
        uint256 deadline = block.timestamp - 1;
        IMembership.Permit memory permit = signPermit(alice, bob.addr, 5e18, deadline);
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612ExpiredSignature.selector, deadline));
        _permit(alice.addr, bob.addr, permit);
    }

    function test_Permit_RevertWhen_SomebodyElseSigned() public {
        IMembership.Permit memory permit = signPermit(bob, bob.addr, 5e18, block.timestamp);
        vm.expectPartialRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        _permit(alice.addr, bob.addr, permit);
    }

    function test_Permit_RevertWhen_SubmittedTwice() public {
        IMembership.Permit memory permit = signPermit(alice, bob.addr, 5e18, block.timestamp);
        _permit(alice.addr, bob.addr, permit);
        vm.expectPartialRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        _permit(alice.addr, bob.addr, permit);
    }

    function test_Permit_RevertWhen_SignedForAnotherChain() public {
        IMembership.Permit memory permit = signPermit(alice, bob.addr, 5e18, block.timestamp);
        vm.chainId(block.chainid + 1);
        vm.expectPartialRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        _permit(alice.addr, bob.addr, permit);
    }

    function _permit(address owner, address spender, IMembership.Permit memory permit) private {
        btsc.permit(owner, spender, permit.value, permit.deadline, permit.v, permit.r, permit.s);
    }
}
