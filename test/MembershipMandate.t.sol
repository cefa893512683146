// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IGate} from "../contracts/interfaces/IGate.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IReferencePrice} from "../contracts/interfaces/IReferencePrice.sol";
import {MembershipBaseTest} from "./helpers/MembershipBaseTest.sol";
import {PlainToken} from "./mocks/PlainToken.sol";
import {ReentrantToken} from "./mocks/ReentrantToken.sol";
import {SilentToken} from "./mocks/SilentToken.sol";
import {DelegateWithout1271, Wallet1271} from "./mocks/Wallet1271.sol";

/// @dev Alice signs a year of Pro, the relayer opens it and holds no token.
contract MembershipMandateTest is MembershipBaseTest {
    string private constant TYPES = '{"types":{"EIP712Domain":[{"name":"name","type":"string"},'
        '{"name":"version","type":"string"},{"name":"chainId","type":"uint256"},'
        '{"name":"verifyingContract","type":"address"}],'
        '"Mandate":[{"name":"payer","type":"address"},{"name":"beneficiary","type":"address"},'
        '{"name":"tier","type":"uint8"},{"name":"periods","type":"uint16"},'
        '{"name":"maxCost","type":"uint256"},{"name":"maxAmount","type":"uint256"},{"name":"nonce","type":"uint256"},'
        '{"name":"deadline","type":"uint256"},{"name":"expiry","type":"uint256"}]},"primaryType":"Mandate",';

    // ------------------------------------------------------------------ hashMandate

    /// @dev Compared with the EIP-712 implementation of the tool that runs these tests.
    function testFuzz_HashMandate_IsWhatAnotherImplementationComputes(
        address payer,
        address beneficiary,
        bool pro,
        uint16 periods,
        uint256[5] memory numbers
    ) public view {
        IMembership.Mandate memory mandate = IMembership.Mandate(
            payer, beneficiary, pro ? PRO : NORMAL, periods, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]
        );
        assertEq(membership.hashMandate(mandate), vm.eip712HashTypedData(_json(mandate)), "digest");
    }

    function test_HashMandate_WhenAnythingDiffers() public {
        bytes32 digest = membership.hashMandate(_mandate());
        for (uint256 field; field < 9; ++field) {
            assertNotEq(membership.hashMandate(changed(_mandate(), field)), digest, "digest with another field");
        }
        vm.chainId(block.chainid + 1);
        assertNotEq(membership.hashMandate(_mandate()), digest, "digest on another chain");
        vm.chainId(block.chainid - 1);
        assertEq(membership.hashMandate(_mandate()), digest, "digest back on this chain");
        deployFor(address(btsc));
        assertNotEq(membership.hashMandate(_mandate()), digest, "digest for another contract");
    }

    // ------------------------------------------------------------------ openMandate: who opens

    function test_OpenMandate_WhenThePayerSigned() public {
        _openAndAssertFirst(_mandate(), signMandate(alice, _mandate()));
        assertFalse(membership.isNonceUsed(alice.addr, NONCE), "orders' nonce");
        assertEq(membership.mandateOf(relayer, NONCE).fingerprint, 0, "the relayer's mandate");
        assertEq(membership.mandateOf(alice.addr, NONCE + 1).fingerprint, 0, "another mandate of the payer");
    }

    function test_OpenMandate_WhenThePayerSubmits() public {
        IMembership.Mandate memory mandate = _mandate();
        expectOpened(mandate);
        expectCharged(mandate, 1);
        expectPayment(plain(alice.addr, alice.addr, PRO, 1), _first(PRO));
        vm.prank(alice.addr);
        uint256 returned = membership.openMandate(mandate, "");
        assertPayment(plain(alice.addr, alice.addr, PRO, 1), _first(PRO), returned);
        assertMandate(mandate, 1, START, false);

        mandate.nonce = NONCE + 1;
        vm.prank(alice.addr);
        assertEq(membership.openMandate(mandate, "not a signature"), 0, "returned amount");
        assertMandate(mandate, 0, 0, false);
    }

    function test_OpenMandate_WhenItIsForSomebodyElse() public {
        IMembership.Mandate memory mandate = mandateFor(alice.addr, bob.addr, NORMAL);
        _openAndAssertFirst(mandate, signMandate(alice, mandate));
        assertTier(alice.addr, LIGHT, "payer's tier");
    }

    function test_OpenMandate_RevertWhen_AnyFieldIsNotWhatWasSigned() public {
        bytes memory signature = signMandate(alice, _mandate());
        for (uint256 field; field < 9; ++field) {
            _expectInvalid(changed(_mandate(), field), signature);
        }
    }

    function test_OpenMandate_RevertWhen_SomebodyElseSigned() public {
        _expectInvalid(_mandate(), signMandate(bob, _mandate()));
        _expectInvalid(_mandate(), "");
        // The beneficiary, whom it would do good, is not the payer.
        IMembership.Mandate memory mandate = mandateFor(alice.addr, bob.addr, PRO);
        vm.prank(bob.addr);
        vm.expectRevert(signatureInvalid(alice.addr));
        membership.openMandate(mandate, "");
    }

    function test_OpenMandate_RevertWhen_PayerIsZero() public {
        IMembership.Mandate memory mandate = mandateFor(address(0), bob.addr, PRO);
        _expectInvalid(mandate, signMandate(alice, mandate));
        _expectInvalid(mandate, new bytes(65));
        _expectInvalid(mandate, "");
    }

    function test_OpenMandate_RevertWhen_SignatureIsMalformed() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(alice.key, membership.hashMandate(_mandate()));
        bytes32 vs = bytes32(uint256(s) | (uint256(v - 27) << 255));
        _expectInvalid(_mandate(), abi.encodePacked(r, s));
        _expectInvalid(_mandate(), abi.encodePacked(r, vs));
        _expectInvalid(_mandate(), abi.encodePacked(r, s, v, uint8(0)));
        _expectInvalid(_mandate(), abi.encodePacked(r, s, v - 27));
        _expectInvalid(_mandate(), abi.encodePacked(r, N - uint256(s), v == 27 ? uint8(28) : uint8(27)));
        _expectInvalid(_mandate(), abi.encodePacked(r, s, v == 27 ? uint8(28) : uint8(27)));
        _expectInvalid(_mandate(), new bytes(65));
        _openAndAssertFirst(_mandate(), abi.encodePacked(r, s, v));
    }

    function testFuzz_OpenMandate_RevertWhen_SignatureIsNoise(bytes calldata signature) public {
        _expectInvalid(_mandate(), signature);
    }

    function test_OpenMandate_RevertWhen_SignedForAnotherChain() public {
        bytes memory signature = signMandate(alice, _mandate());
        vm.chainId(block.chainid + 1);
        _expectInvalid(_mandate(), signature);
    }

    function test_OpenMandate_RevertWhen_SignedForAnotherContract() public {
        IMembership.Mandate memory mandate = _mandate();
        bytes memory signature = signMandate(alice, mandate);
        deployFor(address(btsc));
        _expectInvalid(mandate, signature);
    }

    // ------------------------------------------------------------------ openMandate: accounts with code

    function test_OpenMandate_WhenAContractAcceptsItsOwnersSignature() public {
        (Wallet1271 wallet, IMembership.Mandate memory mandate) = _walletMandate();
        _openAndAssertFirst(mandate, signMandate(alice, mandate));
        assertTier(address(wallet), PRO, "wallet's tier");
        assertTier(alice.addr, LIGHT, "owner's tier");
        assertEq(membership.mandateOf(alice.addr, NONCE).fingerprint, 0, "owner's mandate");
    }

    function test_OpenMandate_WhenAContractAcceptsAnEmptySignature() public {
        (Wallet1271 wallet, IMembership.Mandate memory mandate) = _walletMandate();
        wallet.setMode(Wallet1271.Mode.AcceptsEmpty);
        _openAndAssertFirst(mandate, "");
    }

    function test_OpenMandate_WhenAContractSubmits() public {
        (Wallet1271 wallet, IMembership.Mandate memory mandate) = _walletMandate();
        wallet.setMode(Wallet1271.Mode.Refuses);
        watchBalances();
        vm.prank(alice.addr);
        wallet.execute(address(membership), abi.encodeCall(IMembership.openMandate, (mandate, "")));
        assertMandate(mandate, 1, START, false);
        assertLost(address(wallet), amountFor(PRO_FEE), "wallet's balance");
    }

    function test_OpenMandate_RevertWhen_AContractRefuses() public {
        (Wallet1271 wallet, IMembership.Mandate memory mandate) = _walletMandate();
        _expectInvalid(mandate, signMandate(bob, mandate));
        bytes memory signature = signMandate(alice, mandate);
        Wallet1271.Mode[4] memory modes =
            [Wallet1271.Mode.Refuses, Wallet1271.Mode.Reverts, Wallet1271.Mode.AnswersShort, Wallet1271.Mode.BurnsGas];
        for (uint256 i; i < modes.length; ++i) {
            wallet.setMode(modes[i]);
            _expectInvalid(mandate, signature);
        }
        wallet.setMode(Wallet1271.Mode.Honest);
        _openAndAssertFirst(mandate, signature);
    }

    function test_OpenMandate_RevertWhen_AContractKnowsNo1271() public {
        address account = address(new DelegateWithout1271());
        IMembership.Mandate memory mandate = mandateFor(account, account, PRO);
        _expectInvalid(mandate, signMandate(alice, mandate));
    }

    function test_OpenMandate_WhenThePayerIsAnEip7702Account() public {
        delegate(alice, address(new DelegateWithout1271()));
        _openAndAssertFirst(_mandate(), signMandate(alice, _mandate()));
    }

    function test_OpenMandate_WhenAnEip7702AccountsCodeAccepts() public {
        // The code that alice's account delegates to accepts what bob signs.
        delegate(alice, address(new Wallet1271(bob.addr)));
        _openAndAssertFirst(_mandate(), signMandate(bob, _mandate()));
    }

    function test_OpenMandate_RevertWhen_AnEip7702AccountDidNotSign() public {
        delegate(alice, address(new DelegateWithout1271()));
        _expectInvalid(_mandate(), signMandate(bob, _mandate()));
    }

    // ------------------------------------------------------------------ openMandate: terms

    function test_OpenMandate_WhenDeadlineIsThisSecond() public {
        IMembership.Mandate memory mandate = _mandate();
        bytes memory signature = signMandate(alice, mandate);
        vm.warp(mandate.deadline);
        _openAndAssertFirst(mandate, signature);
    }

    function test_OpenMandate_RevertWhen_DeadlineWasASecondAgo() public {
        IMembership.Mandate memory mandate = _mandate();
        bytes memory signature = signMandate(alice, mandate);
        vm.warp(mandate.deadline + 1);
        bytes memory passed = abi.encodeWithSelector(IMembership.DeadlinePassed.selector, mandate.deadline);
        expectOpenRevert(mandate, signature, passed);
        vm.prank(alice.addr);
        vm.expectRevert(passed);
        membership.openMandate(mandate, "");
    }

    function test_OpenMandate_WhenExpiryIsThisSecond() public {
        IMembership.Mandate memory mandate = _mandate();
        mandate.expiry = START;
        _openAndAssertFirst(mandate, signMandate(alice, mandate));
    }

    function test_OpenMandate_RevertWhen_ExpiryWasASecondAgo() public {
        IMembership.Mandate memory mandate = _mandate();
        mandate.expiry = START - 1;
        expectOpenRevert(
            mandate,
            signMandate(alice, mandate),
            abi.encodeWithSelector(IMembership.DeadlinePassed.selector, mandate.expiry)
        );
    }

    function test_OpenMandate_GivenNothingIsDue_WhenExpiryWasASecondAgo() public {
        pay(alice.addr, alice.addr, PRO, 1);
        IMembership.Mandate memory mandate = _mandate();
        mandate.expiry = START - 1;
        openAndAssertUncharged(mandate, signMandate(alice, mandate));
        travelTo(START + PERIOD);
        expectRenewRevert(mandate, abi.encodeWithSelector(IMembership.DeadlinePassed.selector, mandate.expiry));
    }

    function test_OpenMandate_RevertWhen_TierIsLight() public {
        IMembership.Mandate memory mandate = _mandate();
        mandate.tier = LIGHT;
        expectOpenRevert(
            mandate, signMandate(alice, mandate), abi.encodeWithSelector(IMembership.TierNotForSale.selector, LIGHT)
        );
    }

    function test_OpenMandate_GivenNothingIsDue_RevertWhen_TierIsLight() public {
        pay(alice.addr, alice.addr, PRO, 1);
        IMembership.Mandate memory mandate = _mandate();
        mandate.tier = LIGHT;
        expectOpenRevert(
            mandate, signMandate(alice, mandate), abi.encodeWithSelector(IMembership.TierNotForSale.selector, LIGHT)
        );
    }

    function test_OpenMandate_RevertWhen_BeneficiaryIsZero() public {
        IMembership.Mandate memory mandate = mandateFor(alice.addr, address(0), PRO);
        expectOpenRevert(mandate, signMandate(alice, mandate), abi.encodePacked(IMembership.BeneficiaryZero.selector));
    }

    function test_OpenMandate_RevertWhen_ItHasNoPeriods() public {
        IMembership.Mandate memory mandate = _mandate();
        mandate.periods = 0;
        expectOpenRevert(
            mandate,
            signMandate(alice, mandate),
            abi.encodeWithSelector(IMembership.PeriodsOutOfRange.selector, 0, type(uint16).max)
        );
    }

    function test_OpenMandate_WhenItHasMorePeriodsThanMayBePrepaid() public {
        IMembership.Mandate memory mandate = _mandate();
        mandate.periods = type(uint16).max;
        _openAndAssertFirst(mandate, signMandate(alice, mandate));
    }

    function test_OpenMandate_RevertGiven_TheNonceWasTakenByAnOrder() public {
        IMembership.Order memory order =
            IMembership.Order(alice.addr, bob.addr, NORMAL, 1, NORMAL_FEE, FUNDS, NONCE, block.timestamp);
        membership.payBySignature(order, signOrder(alice, order));
        expectOpenRevert(_mandate(), signMandate(alice, _mandate()), nonceUsed(alice.addr, NONCE));
    }

    function test_OpenMandate_RevertGiven_TheNonceWasCancelled() public {
        cancel(alice.addr, NONCE);
        expectOpenRevert(_mandate(), signMandate(alice, _mandate()), nonceUsed(alice.addr, NONCE));
        vm.prank(alice.addr);
        vm.expectRevert(nonceUsed(alice.addr, NONCE));
        membership.openMandate(_mandate(), "");
    }

    function test_OpenMandate_RevertGiven_AMandateWasOpenedWithTheNonce() public {
        IMembership.Mandate memory mandate = _mandate();
        open(mandate, signMandate(alice, mandate));
        IMembership.Mandate memory other = changed(_mandate(), 2);
        for (uint256 i; i < 2; ++i) {
            if (i == 1) expectOpenRevert(mandate, signMandate(alice, mandate), nonceUsed(alice.addr, NONCE));
            expectOpenRevert(other, signMandate(alice, other), nonceUsed(alice.addr, NONCE));
            if (i == 0) cancel(alice.addr, NONCE);
        }
    }

    function test_OpenMandate_GivenItIsOpen() public {
        IMembership.Mandate memory mandate = _mandate();
        open(mandate, signMandate(alice, mandate));
        bytes memory before = abi.encode(membership.mandateOf(alice.addr, NONCE));
        watchBalances();
        vm.recordLogs();
        vm.prank(stranger);
        assertEq(membership.openMandate(mandate, ""), 0, "paid");
        assertEq(vm.getRecordedLogs().length, 0, "events");
        assertEq(abi.encode(membership.mandateOf(alice.addr, NONCE)), before, "mandate");
        assertNothingElseMoved();
    }

    function test_OpenMandateWithPermit_GivenSomebodyOpenedItWithoutThePermit() public {
        pay(alice.addr, alice.addr, PRO, 1);
        approve(alice.addr, address(membership), 0);
        IMembership.Mandate memory mandate = mandateFor(alice.addr, alice.addr, PRO);
        bytes memory signature = signMandate(alice, mandate);
        IMembership.Permit memory permit = signPermit(alice, address(membership), 12 * FUNDS, block.timestamp);
        vm.prank(stranger);
        membership.openMandate(mandate, signature);
        vm.prank(relayer);
        assertEq(membership.openMandateWithPermit(mandate, signature, permit), 0, "paid");
        assertEq(token.allowance(alice.addr, address(membership)), 12 * FUNDS, "allowance");
    }

    function test_OpenMandate_RevertGiven_Paused() public {
        bytes memory signature = signMandate(alice, _mandate());
        pause();
        expectOpenRevert(_mandate(), signature, abi.encodePacked(Pausable.EnforcedPause.selector));
    }

    function test_OpenMandate_RevertGiven_Retired() public {
        bytes memory signature = signMandate(alice, _mandate());
        retire();
        expectOpenRevert(_mandate(), signature, abi.encodePacked(IGate.RetiredForGood.selector));
    }

    function test_OpenMandate_RevertGiven_PriceIsStale() public {
        (, uint40 postedAt) = referencePrice.latestPrice();
        skip(MAXIMUM_AGE + 1);
        IMembership.Mandate memory mandate = _mandate();
        expectOpenRevert(
            mandate,
            signMandate(alice, mandate),
            abi.encodeWithSelector(IReferencePrice.PriceStale.selector, postedAt, MAXIMUM_AGE)
        );
    }

    function test_OpenMandate_GivenNothingIsDue_GivenPriceIsStale() public {
        pay(alice.addr, alice.addr, PRO, 1);
        skip(MAXIMUM_AGE + 1);
        IMembership.Mandate memory mandate = _mandate();
        openAndAssertUncharged(mandate, signMandate(alice, mandate));
    }

    function test_OpenMandate_RevertWhen_CostIsAboveTheCap() public {
        IMembership.Mandate memory mandate = _mandate();
        mandate.maxCost -= 1;
        expectOpenRevert(
            mandate,
            signMandate(alice, mandate),
            abi.encodeWithSelector(IMembership.CostAboveMaximum.selector, PRO_FEE, PRO_FEE - 1)
        );
    }

    function test_OpenMandate_GivenNothingIsDue_WhenCostIsAboveTheCap() public {
        pay(alice.addr, alice.addr, PRO, 1);
        IMembership.Mandate memory mandate = _mandate();
        mandate.maxCost -= 1;
        openAndAssertUncharged(mandate, signMandate(alice, mandate));
        travelTo(START + PERIOD);
        expectRenewRevert(mandate, abi.encodeWithSelector(IMembership.CostAboveMaximum.selector, PRO_FEE, PRO_FEE - 1));
    }

    function test_OpenMandate_RevertWhen_AmountIsAboveTheCap() public {
        IMembership.Mandate memory mandate = _mandate();
        mandate.maxAmount -= 1;
        expectOpenRevert(
            mandate,
            signMandate(alice, mandate),
            abi.encodeWithSelector(IMembership.AmountAboveMaximum.selector, mandate.maxAmount + 1, mandate.maxAmount)
        );
    }

    function test_OpenMandate_RevertWhen_AllowanceOrBalanceIsShort() public {
        IMembership.Mandate memory mandate = _mandate();
        bytes memory signature = signMandate(alice, mandate);
        uint256 amount = amountFor(PRO_FEE);
        uint256 last = amount * STAKING_SHARE / BASIS_POINTS;
        approve(alice.addr, address(membership), amount - 1);
        expectOpenRevert(
            mandate,
            signature,
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(membership), last - 1, last
            )
        );
        approve(alice.addr, address(membership), amount);
        send(alice.addr, carol.addr, FUNDS - amount + 1);
        expectOpenRevert(
            mandate,
            signature,
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice.addr, last - 1, last)
        );
        send(carol.addr, alice.addr, 1);
        _openAndAssertFirst(mandate, signature);
    }

    function test_OpenMandate_WhenTokenCallsBackWithTheSameMandate() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        deployFor(address(reentrant));
        IMembership.Mandate memory mandate = _mandate();
        bytes memory signature = signMandate(alice, mandate);
        bytes[2] memory calls = [
            abi.encodeCall(IMembership.openMandate, (mandate, signature)), abi.encodeCall(IMembership.renew, (mandate))
        ];
        for (uint256 i; i < calls.length; ++i) {
            uint256 before = vm.snapshotState();
            reentrant.arm(address(membership), calls[i]);
            _openAndAssertFirst(mandate, signature);
            assertTrue(reentrant.called(), "called back");
            assertFalse(reentrant.succeeded(), "inner call");
            assertEq(
                reentrant.answer(),
                abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
                "refusal"
            );
            vm.revertToState(before);
        }
    }

    // ------------------------------------------------------------------ openMandate: what is charged

    function test_OpenMandate_GivenTheTierRanOutInTheWindow() public {
        pay(alice.addr, alice.addr, PRO, 1);
        travelTo(START + PERIOD + RENEWAL_WINDOW);
        IMembership.Mandate memory mandate = _mandate();
        openAndAssertCharged(
            mandate,
            signMandate(alice, mandate),
            plain(alice.addr, alice.addr, PRO, 1),
            running(PRO, START, block.timestamp, block.timestamp + PERIOD, PRO_FEE)
        );
    }

    function test_OpenMandate_GivenTheTierRanOutLongAgo() public {
        pay(alice.addr, alice.addr, PRO, 1);
        travelTo(START + PERIOD + RENEWAL_WINDOW + 1);
        IMembership.Mandate memory mandate = _mandate();
        _openAndAssertFirst(mandate, signMandate(alice, mandate));
    }

    function test_OpenMandate_GivenTheSameTierRuns() public {
        pay(alice.addr, alice.addr, PRO, 1);
        travelTo(START + PERIOD - RENEWAL_LEAD - 1);
        IMembership.Mandate memory mandate = _mandate();
        openAndAssertUncharged(mandate, signMandate(alice, mandate));
        assertRenewalTime(mandate, START + PERIOD - RENEWAL_LEAD, START + PERIOD + RENEWAL_WINDOW);
    }

    function test_OpenMandate_GivenTheSameTierEndsInTheRenewalLead() public {
        pay(alice.addr, alice.addr, PRO, 1);
        travelTo(START + PERIOD - RENEWAL_LEAD);
        IMembership.Mandate memory mandate = _mandate();
        openAndAssertCharged(
            mandate,
            signMandate(alice, mandate),
            plain(alice.addr, alice.addr, PRO, 1),
            running(PRO, START, block.timestamp, START + 2 * PERIOD, PRO_FEE / 10 + PRO_FEE)
        );
        assertRenewalTime(mandate, START + 2 * PERIOD - RENEWAL_LEAD, START + 2 * PERIOD + RENEWAL_WINDOW);
    }

    function test_OpenMandate_GivenNormalRuns_WhenItIsTheMembersOwnForPro() public {
        pay(bob.addr, alice.addr, NORMAL, 1);
        travelTo(START + 15 days);
        IMembership.Mandate memory mandate = _mandate();
        uint256 credit = NORMAL_FEE / 2;
        mandate.maxCost = PRO_FEE - credit;
        mandate.maxAmount = amountFor(mandate.maxCost);
        openAndAssertCharged(
            mandate,
            signMandate(alice, mandate),
            Payment(alice.addr, alice.addr, PRO, 1, PRO_FEE - credit, credit),
            running(PRO, block.timestamp, block.timestamp, block.timestamp + PERIOD, PRO_FEE)
        );
    }

    function test_OpenMandate_GivenNormalRuns_WhenItIsAGiftOfPro() public {
        pay(bob.addr, bob.addr, NORMAL, 1);
        travelTo(START + PERIOD - 1);
        IMembership.Mandate memory mandate = mandateFor(alice.addr, bob.addr, PRO);
        openAndAssertUncharged(mandate, signMandate(alice, mandate));
        assertRenewalTime(mandate, START + PERIOD, START + PERIOD + RENEWAL_WINDOW);
    }

    function test_OpenMandate_GivenProRuns_WhenItIsForNormal() public {
        pay(alice.addr, alice.addr, PRO, 1);
        travelTo(START + PERIOD - 1);
        IMembership.Mandate memory mandate = mandateFor(alice.addr, alice.addr, NORMAL);
        openAndAssertUncharged(mandate, signMandate(alice, mandate));
        assertRenewalTime(mandate, START + PERIOD, START + PERIOD + RENEWAL_WINDOW);
    }

    function test_OpenMandate_GivenProRunsAndNormalIsQueued_WhenItIsForNormal() public {
        pay(alice.addr, alice.addr, PRO, 1);
        pay(alice.addr, alice.addr, NORMAL, 1);
        IMembership.Mandate memory mandate = mandateFor(alice.addr, alice.addr, NORMAL);
        openAndAssertUncharged(mandate, signMandate(alice, mandate));
    }

    // ------------------------------------------------------------------ openMandateWithPermit

    function test_OpenMandateWithPermit_WhenBothSignaturesAreGood() public {
        (IMembership.Mandate memory mandate, IMembership.Permit memory permit) = _mandateAndPermit();
        bytes memory signature = signMandate(alice, mandate);
        _expectFirst(mandate);
        _assertFirst(mandate, _openWithPermit(mandate, signature, permit));
        assertEq(token.allowance(alice.addr, address(membership)), 11 * mandate.maxAmount, "allowance");
        assertEq(btsc.nonces(alice.addr), 1, "permit's nonce");
    }

    function test_OpenMandateWithPermit_WhenThePayerSubmits() public {
        (IMembership.Mandate memory mandate, IMembership.Permit memory permit) = _mandateAndPermit();
        _expectFirst(mandate);
        vm.prank(alice.addr);
        uint256 returned = membership.openMandateWithPermit(mandate, "", permit);
        _assertFirst(mandate, returned);
    }

    function test_OpenMandateWithPermit_WhenSomebodySubmittedThePermitEarlier() public {
        (IMembership.Mandate memory mandate, IMembership.Permit memory permit) = _mandateAndPermit();
        bytes memory signature = signMandate(alice, mandate);
        vm.prank(stranger);
        btsc.permit(alice.addr, address(membership), permit.value, permit.deadline, permit.v, permit.r, permit.s);
        _expectFirst(mandate);
        _assertFirst(mandate, _openWithPermit(mandate, signature, permit));
    }

    function test_OpenMandateWithPermit_RevertWhen_PermitIsForAnothersTokens() public {
        (IMembership.Mandate memory mandate,) = _mandateAndPermit();
        approve(bob.addr, address(membership), 0);
        bytes memory signature = signMandate(alice, mandate);
        IMembership.Permit memory permit = signPermit(bob, address(membership), FUNDS, block.timestamp);
        watchBalances();
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientAllowance.selector);
        _openWithPermit(mandate, signature, permit);
        assertNothingElseMoved();
        assertEq(membership.mandateOf(alice.addr, NONCE).fingerprint, 0, "fingerprint");
        assertEq(token.allowance(bob.addr, address(membership)), 0, "bob's allowance");
    }

    function test_OpenMandateWithPermit_WhenPermitIsBadAndAllowanceSuffices() public {
        IMembership.Mandate memory mandate = _mandate();
        bytes memory signature = signMandate(alice, mandate);
        IMembership.Permit memory permit = signPermit(bob, address(membership), 1, block.timestamp - 1);
        _expectFirst(mandate);
        _assertFirst(mandate, _openWithPermit(mandate, signature, permit));
    }

    function test_OpenMandateWithPermit_RevertWhen_MandateIsNotSigned() public {
        (IMembership.Mandate memory mandate, IMembership.Permit memory permit) = _mandateAndPermit();
        bytes memory signature = signMandate(bob, mandate);
        vm.expectRevert(signatureInvalid(alice.addr));
        _openWithPermit(mandate, signature, permit);
        assertEq(btsc.nonces(alice.addr), 0, "permit's nonce");
        assertEq(token.allowance(alice.addr, address(membership)), 0, "allowance");
    }

    /// @dev One approval is all that a token without permit needs for the whole mandate, and all that it gives away.
    function test_OpenMandateWithPermit_WhenTokenKnowsNoPermit() public {
        address[2] memory tokens =
            [address(new PlainToken(treasury, SUPPLY)), address(new SilentToken(treasury, SUPPLY))];
        for (uint256 i; i < tokens.length; ++i) {
            deployFor(tokens[i]);
            IMembership.Mandate memory mandate = mandateFor(alice.addr, alice.addr, NORMAL);
            approve(alice.addr, address(membership), mandate.periods * mandate.maxAmount);
            IMembership.Permit memory nothing;
            bytes memory signature = signMandate(alice, mandate);
            _expectFirst(mandate);
            _assertFirst(mandate, _openWithPermit(mandate, signature, nothing));
            for (uint16 charged = 2; charged <= mandate.periods; ++charged) {
                travel(PERIOD);
                renewAndAssert(
                    mandate, charged, running(NORMAL, START, block.timestamp, block.timestamp + PERIOD, NORMAL_FEE)
                );
            }
            assertEq(token.allowance(alice.addr, address(membership)), 0, "allowance");
            travel(PERIOD);
            expectRenewRevert(mandate, abi.encodeWithSelector(IMembership.MandateExhausted.selector, mandate.periods));
        }
    }

    // ------------------------------------------------------------------ helpers

    function _mandate() private view returns (IMembership.Mandate memory) {
        return mandateFor(alice.addr, alice.addr, PRO);
    }

    /// @dev A contract of alice's that holds tokens and wants Pro for itself.
    function _walletMandate() private returns (Wallet1271 wallet, IMembership.Mandate memory mandate) {
        wallet = new Wallet1271(alice.addr);
        fund(address(wallet));
        mandate = mandateFor(address(wallet), address(wallet), PRO);
    }

    /// @dev Alice approved nothing, and signs an allowance for every period.
    function _mandateAndPermit()
        private
        returns (IMembership.Mandate memory mandate, IMembership.Permit memory permit)
    {
        mandate = _mandate();
        approve(alice.addr, address(membership), 0);
        permit = signPermit(alice, address(membership), mandate.periods * mandate.maxAmount, block.timestamp);
    }

    function _openWithPermit(
        IMembership.Mandate memory mandate,
        bytes memory signature,
        IMembership.Permit memory permit
    ) private returns (uint256) {
        vm.prank(relayer);
        return membership.openMandateWithPermit(mandate, signature, permit);
    }

    /// @dev What the first period makes of an account without time.
    function _first(IMembership.Tier tier) private view returns (IMembership.Account memory) {
        return running(tier, block.timestamp, block.timestamp, block.timestamp + PERIOD, feeOf(tier));
    }

    function _openAndAssertFirst(IMembership.Mandate memory mandate, bytes memory signature) private {
        openAndAssertCharged(
            mandate, signature, plain(mandate.payer, mandate.beneficiary, mandate.tier, 1), _first(mandate.tier)
        );
    }

    function _expectFirst(IMembership.Mandate memory mandate) private {
        expectOpened(mandate);
        expectCharged(mandate, 1);
        expectPayment(plain(mandate.payer, mandate.beneficiary, mandate.tier, 1), _first(mandate.tier));
    }

    function _assertFirst(IMembership.Mandate memory mandate, uint256 returned) private {
        assertPayment(plain(mandate.payer, mandate.beneficiary, mandate.tier, 1), _first(mandate.tier), returned);
        assertMandate(mandate, 1, block.timestamp, false);
    }

    function _expectInvalid(IMembership.Mandate memory mandate, bytes memory signature) private {
        expectOpenRevert(mandate, signature, signatureInvalid(mandate.payer));
    }

    function _json(IMembership.Mandate memory mandate) private view returns (string memory) {
        string memory domain = string.concat(
            '"domain":{"name":"BTSChain Membership","version":"1","chainId":"',
            vm.toString(block.chainid),
            '","verifyingContract":"',
            vm.toString(address(membership)),
            '"}'
        );
        string memory wanted = string.concat(
            string.concat('"message":{"payer":"', vm.toString(mandate.payer)),
            string.concat('","beneficiary":"', vm.toString(mandate.beneficiary)),
            string.concat('","tier":"', vm.toString(uint8(mandate.tier))),
            string.concat('","periods":"', vm.toString(mandate.periods))
        );
        string memory limits = string.concat(
            string.concat('","maxCost":"', vm.toString(mandate.maxCost)),
            string.concat('","maxAmount":"', vm.toString(mandate.maxAmount)),
            string.concat('","nonce":"', vm.toString(mandate.nonce)),
            string.concat('","deadline":"', vm.toString(mandate.deadline)),
            string.concat('","expiry":"', vm.toString(mandate.expiry), '"}')
        );
        return string.concat(TYPES, domain, ",", wanted, limits, "}");
    }
}
